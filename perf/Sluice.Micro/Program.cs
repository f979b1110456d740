using BenchmarkDotNet.Running;
using Sluice.Micro;

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, new MicroConfig());
