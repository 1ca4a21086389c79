namespace AlignedProbing.Tokenizers;

/// <summary>
/// A tokenizer's files cannot be used, or a text cannot be tokenized with them. The message says what was asked, what was found and what to do;
/// callers that know the user's command turn it into an input error.
/// </summary>
public sealed class TokenizerException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="asked">What was asked for, as a clause: "reading the tokenizer 'tokenizer.json'".</param>
    /// <param name="found">What was found instead, as a sentence without its stop.</param>
    /// <param name="remedy">What the user can do, as a sentence without its stop.</param>
    /// <param name="inner">The error beneath, where there is one.</param>
    public TokenizerException(string asked, string found, string remedy, Exception? inner = null)
        : base($"{InputException.Cut(asked, 300)}: {InputException.Cut(found, 1000)}. {InputException.Cut(remedy, 450)}.", inner)
    {
        Asked = InputException.Cut(asked, 300);
        Found = InputException.Cut(found, 1000);
        Remedy = InputException.Cut(remedy, 450);
    }

    /// <summary>What was asked for.</summary>
    public string Asked { get; }

    /// <summary>What was found instead.</summary>
    public string Found { get; }

    /// <summary>What the user can do.</summary>
    public string Remedy { get; }
}
