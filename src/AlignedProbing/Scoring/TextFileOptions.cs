namespace AlignedProbing.Scoring;

/// <summary>How a file of texts is written.</summary>
public enum TextFileFormat
{
    /// <summary>
    /// Found out from the content: JSONL where the first line that is not blank is a JSON object with a field <c>text</c> (null too), an array of objects
    /// likewise; a table where its header has a column <c>text</c>; plain lines otherwise.
    /// </summary>
    Auto,

    /// <summary>A JSON object a line, its text in <c>text</c>.</summary>
    Jsonl,

    /// <summary>A text a line.</summary>
    Lines,
}

/// <summary>How a file of texts is scored.</summary>
public sealed record TextFileOptions
{
    /// <summary>How the file is written; <see cref="TextFileFormat.Auto"/> by default.</summary>
    public TextFileFormat Format { get; init; } = TextFileFormat.Auto;

    /// <summary>The file's name, which tells its form where its content does not; null by default.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Whether the text is written out again; false by default, because the texts may be offensive and the line number and the other fields find them.
    /// </summary>
    public bool KeepText { get; init; }

    /// <summary>Texts handed to the scorer at once, from 1 to 100,000; 512 by default. Changes no score.</summary>
    public int BatchSize { get; init; } = 512;

    /// <summary>Longest line read, in bytes, from 1 to 1 GiB; 16 MiB by default. A longer one is answered with the reason <c>line_too_long</c>.</summary>
    public int MaxLineBytes { get; init; } = 16 << 20;

    /// <summary>Checks the options.</summary>
    /// <exception cref="InputException">They cannot be used; every fault is named.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (!Enum.IsDefined(Format))
        {
            faults.Add($"there is no format {Format}");
        }

        if (BatchSize is < 1 or > 100_000)
        {
            faults.Add($"a batch of {BatchSize} texts is not within 1 to 100,000");
        }

        if (MaxLineBytes is < 1 or > 1 << 30)
        {
            faults.Add($"a longest line of {MaxLineBytes} bytes is not within 1 to {1 << 30}");
        }

        if (faults.Count > 0)
        {
            throw new InputException("wrong-usage", "scoring a file of texts", string.Join("; ", faults), "Correct the options");
        }
    }
}

/// <summary>What scoring a file of texts gave.</summary>
/// <param name="Lines">Lines read, and written.</param>
/// <param name="Scored">Lines with at least one score.</param>
/// <param name="Missing">Missing scores, by reason: one for each attribute of each line.</param>
/// <param name="Broken">Lines that hold no readable text, by reason: <c>not_a_json_object</c>, <c>no_text</c>, <c>not_utf8</c>, <c>line_too_long</c>.</param>
public sealed record TextFileResult(long Lines, long Scored, IReadOnlyDictionary<string, long> Missing, IReadOnlyDictionary<string, long> Broken);
