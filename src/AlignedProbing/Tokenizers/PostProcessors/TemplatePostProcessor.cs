namespace AlignedProbing.Tokenizers.PostProcessors;

/// <summary>Writes special tokens around the text: TemplateProcessing, and the fixed forms of BERT and RoBERTa.</summary>
/// <param name="template">The ids to write, in order; null stands for the text.</param>
internal sealed class TemplatePostProcessor(IReadOnlyList<int?> template) : PostProcessor
{
    public override TokenBuffer Process(TokenBuffer tokens, bool addSpecialTokens, Func<int, string?> tokenOf)
    {
        var output = new TokenBuffer(tokens.Text);
        foreach (var id in template)
        {
            if (id is null)
            {
                output.AddRange(tokens);
            }
            else if (addSpecialTokens)
            {
                output.Add(id.Value, new TextRange(0, 0));
            }
        }

        return output;
    }
}
