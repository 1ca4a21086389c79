namespace AlignedProbing;

/// <summary>
/// Something the user gave (an option, a file, a folder) cannot be used. The command line prints the message and ends with exit code 2. A message says what was
/// asked, what was found and what to do about it. What files and servers say may be of any length; each part is cut, so that a message has fewer than 2,000
/// characters and its remedy stays whole.
/// </summary>
public sealed class InputException : Exception
{
    private const int MostAsked = 300;
    private const int MostFound = 1000;
    private const int MostRemedy = 450;

    /// <summary>Creates the error.</summary>
    /// <param name="code">The name of its page in docs/errors, for example <c>safetensors-truncated</c>.</param>
    /// <param name="asked">What was asked for, as a clause: "reading weights from 'model.safetensors'".</param>
    /// <param name="found">What was found instead, as a sentence without its stop.</param>
    /// <param name="remedy">What the user can do, as a sentence without its stop.</param>
    /// <param name="inner">The error beneath, where there is one.</param>
    public InputException(string code, string asked, string found, string remedy, Exception? inner = null)
        : base($"{Cut(asked, MostAsked)}: {Cut(found, MostFound)}. {Cut(remedy, MostRemedy)}.", inner)
    {
        Code = code;
        Asked = Cut(asked, MostAsked);
        Found = Cut(found, MostFound);
        Remedy = Cut(remedy, MostRemedy);
    }

    /// <summary>The name of this error's page in docs/errors.</summary>
    public string Code { get; }

    /// <summary>What was asked for.</summary>
    public string Asked { get; }

    /// <summary>What was found instead.</summary>
    public string Found { get; }

    /// <summary>What the user can do.</summary>
    public string Remedy { get; }

    /// <summary>A text of at most so many UTF-16 units and an ellipsis; no surrogate pair is split.</summary>
    internal static string Cut(string text, int most) =>
        text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)] + "…";
}
