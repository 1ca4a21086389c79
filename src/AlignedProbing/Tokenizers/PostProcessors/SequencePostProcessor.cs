namespace AlignedProbing.Tokenizers.PostProcessors;

/// <summary>Applies post-processors one after the other.</summary>
internal sealed class SequencePostProcessor(IReadOnlyList<PostProcessor> processors) : PostProcessor
{
    public override TokenBuffer Process(TokenBuffer tokens, bool addSpecialTokens, Func<int, string?> tokenOf)
    {
        foreach (var processor in processors)
        {
            tokens = processor.Process(tokens, addSpecialTokens, tokenOf);
        }

        return tokens;
    }
}
