using System.Globalization;

namespace AlignedProbing.Settings;

/// <summary>Where tensors are to live: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>. Whether this machine has it is asked of the runtime.</summary>
/// <param name="IsCuda">A GPU; otherwise the processor.</param>
/// <param name="Index">Which GPU; null where none was named.</param>
public readonly record struct DeviceName(bool IsCuda, int? Index)
{
    /// <summary>The processor.</summary>
    public static DeviceName Cpu => default;

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">There is no such kind of device.</exception>
    public static DeviceName Read(string text)
    {
        const string Numbered = "cuda:";
        ArgumentNullException.ThrowIfNull(text);
        return text switch
        {
            "cpu" => Cpu,
            "cuda" => new DeviceName(true, null),
            _ when text.StartsWith(Numbered, StringComparison.Ordinal)
                && byte.TryParse(text[Numbered.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var index) => new DeviceName(true, index),
            _ => throw new FormatException("give cpu, cuda, or cuda:N with the number of a GPU"),
        };
    }

    /// <summary>The name as it is written.</summary>
    public override string ToString() => !IsCuda ? "cpu" : Index is { } index ? string.Create(CultureInfo.InvariantCulture, $"cuda:{index}") : "cuda";
}
