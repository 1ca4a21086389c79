namespace AlignedProbing.Cli.Tests.Demo;

/// <summary>Tests that count live tensors, of which there is one count a process: nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LiveTensorCollection
{
    public const string Name = "live tensors";
}
