using Sluice.Sim;

// One verb, one file; without a verb one seed is replayed.
return args.Length == 0 ? ReplaySeed.Usage() : args[0] switch
{
    "hour" => Hour.Run(args[1..]),
    "seeds" => ReplaySeed.RunMany(args[1..]),
    StoreWriter.Verb => StoreWriter.Run(args[1..]),
    _ => ReplaySeed.Run(args),
};
