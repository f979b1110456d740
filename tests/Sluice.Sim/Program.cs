Console.WriteLine("sluice-sim");
