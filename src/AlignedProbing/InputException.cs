namespace AlignedProbing;

/// <summary>
/// Something the user gave (an option, a file, a folder) cannot be used. The command line prints the message and ends with exit code 2.
/// A message says what was asked, what was found and what to do about it.
/// </summary>
public sealed class InputException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">The name of its page in docs/errors, for example <c>safetensors-truncated</c>.</param>
    /// <param name="asked">What was asked for, as a clause: "reading weights from 'model.safetensors'".</param>
    /// <param name="found">What was found instead, as a sentence without its stop.</param>
    /// <param name="remedy">What the user can do, as a sentence without its stop.</param>
    /// <param name="inner">The error beneath, where there is one.</param>
    public InputException(string code, string asked, string found, string remedy, Exception? inner = null)
        : base($"{asked}: {found}. {remedy}.", inner)
    {
        Code = code;
        Asked = asked;
        Found = found;
        Remedy = remedy;
    }

    /// <summary>The name of this error's page in docs/errors.</summary>
    public string Code { get; }

    /// <summary>What was asked for.</summary>
    public string Asked { get; }

    /// <summary>What was found instead.</summary>
    public string Found { get; }

    /// <summary>What the user can do.</summary>
    public string Remedy { get; }
}
