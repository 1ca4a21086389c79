namespace AlignedProbing.Settings;

/// <summary>How an option's values are read from text, once, into the type that the program works with.</summary>
/// <typeparam name="T">That type.</typeparam>
/// <param name="Shape">What stands for the value in help: <c>N</c>, <c>FILE</c>; empty for a flag.</param>
/// <param name="Range">The values there are, in words; empty where any text is one.</param>
/// <param name="Arity">How many values follow.</param>
/// <param name="Read">Reads them. Throws <see cref="FormatException"/> with what to write instead.</param>
/// <param name="Show">A value as a person would write it.</param>
public sealed record ValueReader<T>(string Shape, string Range, ValueArity Arity, Func<IReadOnlyList<string>, T> Read, Func<T, string> Show);
