namespace AlignedProbing.Tests.Scoring;

/// <summary>Tests that measure the memory of the whole process: they run alone, since other tests hold files of many megabytes.</summary>
[CollectionDefinition(nameof(ProcessMemoryCollection), DisableParallelization = true)]
public class ProcessMemoryCollection;
