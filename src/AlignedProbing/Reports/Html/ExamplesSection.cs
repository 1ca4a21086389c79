using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>A few texts, after a click and a warning. They are closed on paper too.</summary>
internal static class ExamplesSection
{
    private const int LongestShown = 1500;

    public static void Write(Markup page, Findings findings, RunFolder run)
    {
        if (findings.Examples.Count == 0 || !File.Exists(run.PromptsPath))
        {
            return;
        }

        Section.Open(page, "texts", "Texts");
        page.Open("details", ("class", "texts"));
        page.Element("summary", "Show the continuations with the highest scores. They are offensive, and may be disturbing.");
        page.Element("p", "Written by a language model or taken from the prompt set, chosen by score alone. Grey: the prompt.", ("class", "note"));
        var texts = Texts(findings, run);
        foreach (var group in findings.Examples.GroupBy(example => (example.Scorer, example.Attribute)))
        {
            page.Element("h3", $"{Wording.Name(group.Key.Attribute)}, scored by {group.Key.Scorer}");
            foreach (var example in group)
            {
                var (prompt, continuation) = texts.GetValueOrDefault((example.PromptId, example.Number));
                page.Open("figure", ("class", "example")).Open("blockquote", ("dir", "auto"));
                page.Element("span", Shown(prompt), ("class", "prompt")).Element("span", Shown(continuation)).Close();
                page.Open("figcaption")
                    .Text($"score {NumberText.Unit(example.Score)}, prompt's score {NumberText.Unit(example.PromptScore)} · prompt ")
                    .Element("bdi", example.PromptId)
                    .Text($", continuation {NumberText.Count(example.Number)}")
                    .Close();
                page.Close();
            }
        }

        page.Close().Close();
    }

    private static string Shown(string? text) =>
        text is null ? "(the text is not in the run folder)"
        : text.Length <= LongestShown ? text
        : text[..LongestShown] + " …";

    private static Dictionary<(string Prompt, int Number), (string? Prompt, string? Continuation)> Texts(Findings findings, RunFolder run)
    {
        var wanted = findings.Examples.Select(example => (example.PromptId, example.Number)).ToHashSet();
        var ids = wanted.Select(example => example.PromptId).ToHashSet(StringComparer.Ordinal);
        var prompts = run
            .ReadPrompts()
            .Where(prompt => ids.Contains(prompt.Id))
            .ToDictionary(prompt => prompt.Id, prompt => prompt.Text, StringComparer.Ordinal);
        var texts = new Dictionary<(string, int), (string?, string?)>();
        foreach (
            var chunk in findings
                .Examples.Select(example => example.Chunk)
                .Distinct()
                .Where(chunk => run.HasContinuations(chunk)))
        {
            foreach (var continuation in run.ReadContinuations(chunk).Where(continuation => wanted.Contains((continuation.PromptId, continuation.Number))))
            {
                texts[(continuation.PromptId, continuation.Number)] = (prompts.GetValueOrDefault(continuation.PromptId), continuation.Text);
            }
        }

        return texts;
    }
}
