using AlignedProbing.Fuzz.Mutations;

namespace AlignedProbing.Fuzz;

/// <summary>A foreign format and its reader.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Mutator">How its files are changed.</param>
/// <param name="Corpus">Whole files of it.</param>
/// <param name="Read">Reads bytes as such a file. The folder is the target's own, for files that must lie on a disk.</param>
public sealed record FuzzTarget(string Name, IMutator Mutator, Func<IEnumerable<byte[]>> Corpus, Action<FuzzFolder, byte[]> Read)
{
    /// <summary>Files of the program's source that hold the readers, below <c>src</c>; those that read JSON are checked to be complete.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Whether an error is this reader's way to refuse, beyond the errors that all may use.</summary>
    public Func<Exception, bool> IsRefusal { get; init; } = _ => false;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
