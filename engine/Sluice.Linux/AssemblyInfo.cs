using System.Runtime.CompilerServices;

// Every native signature here is blittable: what is declared is what the kernel sees.
[assembly: DisableRuntimeMarshalling]
