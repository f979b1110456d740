/* time-player PIPELINE STEP...: GStreamer as a viewer that pauses and seeks. The pipeline has an identity named "frames" behind its decoder, and may
 * have one named "sounds" behind another.
 * Steps: pN plays N seconds, wN pauses for N seconds, sN seeks to N seconds. After each: "STEP: FRAMES frames, at POSITION, SOUNDS sounds". Declared by hand,
 * so that the library is enough and its headers need not be there. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
typedef void *P;
extern void gst_init(int *, char ***);
extern P gst_parse_launch(const char *, P *), gst_bin_get_by_name(P, const char *), gst_element_get_bus(P);
extern P gst_bus_timed_pop_filtered(P, unsigned long long, int);
extern int gst_element_set_state(P, int), gst_element_seek_simple(P, int, int, long long), gst_element_query_position(P, int, long long *);
extern unsigned long g_signal_connect_data(P, const char *, void (*)(void), P, P, int);

enum { PAUSED = 3, PLAYING = 4, STOPPED = 1, TIME = 3, FLUSH = 1, EOS_OR_ERROR = 1 | 2 };
static const unsigned long long SECOND = 1000000000ull;
static volatile int frames, sounds;

static void on_frame(P identity, P buffer, P data) { frames++; }
static void on_sound(P identity, P buffer, P data) { sounds++; }

static int stay(P bus, double seconds) {
  P message = gst_bus_timed_pop_filtered(bus, (unsigned long long)(seconds * SECOND), EOS_OR_ERROR);
  if (message) printf("ended: %d frames\n", frames);
  return message != NULL;
}

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  P pipeline = gst_parse_launch(argv[1], NULL), bus = gst_element_get_bus(pipeline);
  g_signal_connect_data(gst_bin_get_by_name(pipeline, "frames"), "handoff", (void (*)(void))on_frame, NULL, NULL, 0);
  P sound = gst_bin_get_by_name(pipeline, "sounds");
  if (sound) g_signal_connect_data(sound, "handoff", (void (*)(void))on_sound, NULL, NULL, 0);
  for (int i = 2; i < argc; i++) {
    double number = atof(argv[i] + 1);
    long long position = -1;
    if (argv[i][0] == 's')
      gst_element_seek_simple(pipeline, TIME, FLUSH, (long long)(number * SECOND));
    else {
      gst_element_set_state(pipeline, argv[i][0] == 'p' ? PLAYING : PAUSED);
      if (stay(bus, number)) break;
    }
    gst_element_query_position(pipeline, TIME, &position);
    printf("%s: %d frames, at %.3f, %d sounds\n", argv[i], frames, position / 1e9, sounds);
    fflush(stdout);
  }
  gst_element_set_state(pipeline, STOPPED);
  return 0;
}
