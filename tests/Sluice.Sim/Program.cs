using Sluice.Sim;

if (args is [StoreWriter.Verb, .. var rest])
    return StoreWriter.Run(rest);
Console.WriteLine("sluice-sim");
return 0;
