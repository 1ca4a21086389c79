namespace AlignedProbing.Tokenizers.Files;

/// <summary>Which settings of BERT's normalizer a class sets.</summary>
internal enum BertFlags
{
    /// <summary>None: the file's stay.</summary>
    None,

    /// <summary>Lower case and accents.</summary>
    Case,

    /// <summary>Lower case, accents, and blanks around Chinese characters.</summary>
    All,
}
