// Draws what stands in #data. Colours come from the style sheet, so light and dark are one place.
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let live = [];

  const colour = name => getComputedStyle(root).getPropertyValue(name).trim();
  const seriesColour = i => colour('--s' + (i % 6 + 1));
  const short = v => v == null ? '' : Math.abs(v) >= 1e4 || (v !== 0 && Math.abs(v) < 1e-3) ? v.toExponential(1)
    : String(+v.toPrecision(4));
  const axis = more => Object.assign({
    stroke: colour('--soft'), font: '11px system-ui, sans-serif', grid: { stroke: colour('--grid'), width: 1 },
    ticks: { stroke: colour('--grid'), width: 1, size: 4 }, gap: 3,
  }, more);
  const axisY = more => axis(Object.assign({ size: 46, values: (_, splits) => splits.map(short) }, more));

  function make(element, options, columns) {
    options.width = Math.max(220, element.clientWidth || 300);
    options.cursor = Object.assign({ drag: { x: false, y: false }, points: { size: 6 } }, options.cursor);
    live.push(new uPlot(options, columns, element));
    element.dataset.points = columns[0].length;
  }

  // One figure over the runs: its median, a bar from the smallest round to the largest, and a shape where it moved.
  function trend(element) {
    const t = data.trends[+element.dataset.trend], points = t.points;
    const xs = points.map(p => p.run), same = points.map(p => p.other ? null : p.value), other = points.map(p => p.other ? p.value : null);
    const values = points.flatMap(p => [p.low, p.high]).concat([t.target, t.stretch].filter(v => v != null));
    const [least, most] = [Math.min(...values), Math.max(...values)];
    // Near enough that a bar is seen, never so near that a percent looks like a cliff.
    const room = Math.max((most - least) * 0.15, Math.max(Math.abs(least), Math.abs(most)) * 0.15) || 1;
    const low = least >= 0 ? Math.max(0, least - room) : least - room;
    element.dataset.worse = points.filter(p => p.mark === 'worse').length;
    make(element, {
      height: 150, legend: { show: false }, padding: [10, 12, 0, 0],
      scales: { x: { time: false, range: [-0.5, data.runs.length - 0.5] }, y: { range: [low, most + room] } },
      axes: [axis({ size: 24, splits: () => runTicks(), values: (_, splits) => splits.map(i => data.runs[i].label.slice(5, 10)), grid: { show: false } }), axisY()],
      series: [{}, line('median', seriesColour(0), { points: { show: true, size: 5 } }),
        line('another machine', colour('--soft'), { width: 0, points: { show: true, size: 5, fill: colour('--card') } })],
      hooks: { draw: [u => { bounds(u, t); bars(u, points); marks(u, points); }] },
      plugins: [tip(i => {
        const p = points[i], run = data.runs[p.run];
        return `${run.label} · ${short(p.value)} ${t.unit} (${short(p.low)} – ${short(p.high)})${p.mark ? ' · ' + p.mark : ''} · ${run.note}`;
      })],
    }, [xs, same, other]);
  }

  function runTicks() {
    const n = data.runs.length, step = Math.ceil(n / 4), ticks = [];
    for (let i = n - 1; i >= 0; i -= step) ticks.unshift(i);
    return ticks;
  }

  const line = (label, stroke, more) => Object.assign({ label, stroke, width: 2, spanGaps: true, points: { show: false }, value: (_, v) => short(v) }, more);

  function stroke(u, style, draw) {
    const c = u.ctx;
    c.save();
    Object.assign(c, { strokeStyle: style, fillStyle: style, lineWidth: 1.5 * devicePixelRatio });
    c.beginPath();
    draw(c);
    c.restore();
  }

  function bars(u, points) {
    const half = 3 * devicePixelRatio;
    for (const p of points)
      stroke(u, colour(p.mark === 'worse' ? '--bad' : p.other ? '--soft' : '--s1'), c => {
        const x = u.valToPos(p.run, 'x', true), low = u.valToPos(p.low, 'y', true), high = u.valToPos(p.high, 'y', true);
        c.moveTo(x, low); c.lineTo(x, high);
        c.moveTo(x - half, low); c.lineTo(x + half, low);
        c.moveTo(x - half, high); c.lineTo(x + half, high);
        c.stroke();
      });
  }

  // Worse: a red triangle that points down; better: one that points up; loss: a cross.
  function marks(u, points) {
    const r = 6 * devicePixelRatio;
    for (const p of points.filter(p => p.mark))
      stroke(u, colour({ worse: '--bad', better: '--good', loss: '--warn' }[p.mark]), c => {
        const x = u.valToPos(p.run, 'x', true), y = u.valToPos(p.value, 'y', true);
        if (p.mark === 'loss') { c.moveTo(x - r, y - r); c.lineTo(x + r, y + r); c.moveTo(x + r, y - r); c.lineTo(x - r, y + r); c.stroke(); return; }
        const s = p.mark === 'worse' ? 1 : -1;
        c.moveTo(x, y + s * r); c.lineTo(x - r, y - s * r * 0.8); c.lineTo(x + r, y - s * r * 0.8); c.closePath(); c.fill();
      });
  }

  function bounds(u, t) {
    for (const [value, dash] of [[t.target, [6, 4]], [t.stretch, [2, 4]]])
      if (value != null)
        stroke(u, colour('--soft'), c => {
          const y = u.valToPos(value, 'y', true);
          c.setLineDash(dash.map(d => d * devicePixelRatio));
          c.moveTo(u.bbox.left, y); c.lineTo(u.bbox.left + u.bbox.width, y); c.stroke();
        });
  }

  // What the point under the mouse says, as the chart's title.
  const tip = text => ({ hooks: { setCursor: u => { const i = u.cursor.idx; u.root.title = i == null ? '' : text(i); } } });

  // All lines on the union of their x values: uPlot wants one column of x.
  function columns(lines) {
    const tables = lines.map(l => [l.points.map(p => p[0]), l.points.map(p => p[1])]);
    return tables.length === 1 ? tables[0] : uPlot.join(tables);
  }

  function picture(element) {
    const p = data.pictures[+element.dataset.picture];
    const fill = p.kind === 'burst', many = p.lines.length > 1;
    const series = [{ label: p.unitX || 'x', value: (_, v) => v == null ? '' : p.kind === 'percentile' ? percent(v) : short(v) }].concat(p.lines.map((l, i) =>
      line(l.name, seriesColour(i), fill ? { width: 1, fill: seriesColour(i) + '40', paths: uPlot.paths.stepped({ align: 1 }) } : {})));
    const table = columns(p.lines), flat = table.slice(1).flat().filter(v => v > 0);
    const log = p.kind === 'percentile' && Math.max(...flat) > 30 * Math.min(...flat) && !table.slice(1).flat().some(v => v != null && v <= 0);
    const y = log ? { distr: 3 } : { range: (_, low, high) => [Math.min(0, low), (p.maxY ?? high) * 1.08 || 1] };
    make(element, {
      height: fill ? 180 : 260, legend: { show: many }, padding: [10, 14, 0, 0],
      scales: { x: { time: false, range: p.maxX == null ? undefined : [0, p.maxX] }, y },
      axes: [p.kind === 'percentile' ? axis({ size: 36, label: p.unitX, labelSize: 14, labelFont: '11px system-ui, sans-serif', splits: u => nines(u), values: (_, s) => s.map(percent) })
        : axis({ size: 36, label: p.unitX, labelSize: 14, labelFont: '11px system-ui, sans-serif' }), axisY(log ? { values: (_, s) => s.map(v => v == null ? '' : /^[1]/.test(v.toExponential()) ? short(v) : '') } : {})],
      series,
    }, table);
  }

  const nines = u => Array.from({ length: Math.floor(u.scales.x.max) + 1 }, (_, i) => i).filter(i => i >= u.scales.x.min);
  const percent = n => +(100 * (1 - 10 ** -n)).toFixed(Math.max(0, Math.ceil(n) - 1)) + ' %';

  function draw() {
    live.forEach(chart => chart.destroy());
    live = [];
    document.querySelectorAll('[data-trend]').forEach(trend);
    document.querySelectorAll('[data-picture]').forEach(picture);
    document.body.dataset.charts = live.length;
  }

  function theme(name) {
    root.dataset.theme = name;
    draw();
  }

  document.getElementById('theme').addEventListener('click', () => theme(root.dataset.theme === 'dark' ? 'light' : 'dark'));
  dark.addEventListener('change', () => theme(dark.matches ? 'dark' : 'light'));
  document.querySelectorAll('details').forEach(d => d.addEventListener('toggle', draw));
  let width = innerWidth, pending = 0;
  addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; clearTimeout(pending); pending = setTimeout(draw, 150); } });
  theme(dark.matches ? 'dark' : 'light');
})();
