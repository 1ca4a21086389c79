using AlignedProbing.Runs;

namespace AlignedProbing.Scoring;

/// <summary>A text of a run.</summary>
/// <param name="PromptId">Its prompt.</param>
/// <param name="Number">The continuation's number; null for the prompt itself.</param>
/// <param name="Text">The text.</param>
internal readonly record struct RunText(string PromptId, int? Number, string Text);

/// <summary>The texts of a run as far as it is encoded: each prompt's, then its continuations'. Given continuations are there before encoding.</summary>
internal static class RunTexts
{
    public static IEnumerable<RunText> Of(RunFolder run)
    {
        var (manifest, prompts) = (run.ReadManifest(), run.ReadPrompts());
        for (var chunk = 0; chunk < RunFolder.ChunkCount(prompts.Count, manifest.Encoding.Chunk); chunk++)
        {
            var continuations = run.HasEncoding(chunk) ? run.ReadContinuations(chunk).ToLookup(item => item.PromptId, StringComparer.Ordinal) : null;
            foreach (var prompt in prompts.Skip(chunk * manifest.Encoding.Chunk).Take(manifest.Encoding.Chunk))
            {
                yield return new RunText(prompt.Id, null, prompt.Text);
                var texts = continuations?[prompt.Id].Select(item => (item.Number, item.Text))
                    ?? (manifest.Encoding.Continuations == "given" ? prompt.Continuations : []).Select((item, number) => (Number: number, item.Text));
                foreach (var (number, text) in texts)
                {
                    yield return new RunText(prompt.Id, number, text);
                }
            }
        }
    }
}
