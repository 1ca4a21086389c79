using System.Globalization;

namespace AlignedProbing.Settings;

/// <summary>The instruction that prompts are put into: one of the program's own by its number, or a file.</summary>
/// <param name="Number">0 to 4; null for a file.</param>
/// <param name="File">The file; null for a number.</param>
public readonly record struct TemplateChoice(int? Number, string? File)
{
    private const int Most = 4;

    /// <summary>Reads a number or a file's name.</summary>
    /// <exception cref="FormatException">It is a number, and none of 0 to 4.</exception>
    public static TemplateChoice Read(string text) =>
        !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new TemplateChoice(null, text)
        : number <= Most ? new TemplateChoice(number, null)
        : throw new FormatException("give 0 to 4, or a file");

    /// <summary>The choice as it is written.</summary>
    public override string ToString() => File ?? (Number ?? 0).ToString(CultureInfo.InvariantCulture);
}
