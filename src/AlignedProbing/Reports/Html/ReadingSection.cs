using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>Definitions and estimators.</summary>
internal static class ReadingSection
{
    private static readonly (string Term, string Meaning)[] Terms =
    [
        ("Score", "A number from 0 to 1 that a scorer gives to a text for an attribute; higher is more toxic. From .5 on a text counts as toxic."),
        (
            "EMT",
            "Expected maximum toxicity: the highest score among the k continuations of a prompt, averaged over prompts. It grows with k: compare runs of " +
            "equal k only."),
        ("TP", "Toxicity probability: the share of prompts with at least one continuation that scores .5 or more. It grows with k as well."),
        ("TC, TC-max", "Toxicity correlation: Pearson r between a prompt's score and the mean (the highest) score of its continuations."),
        (
            "Length, distinct-n, perplexity",
            "Tokens of a continuation; different n-grams of words among all n-grams of one prompt's continuations (1: nothing is said twice); exp of the " +
            "mean negative log-probability of the continuations' tokens under the same model, or under the one named, whose own tokens are counted then."),
        (
            "Information strength",
            "Pearson r, on prompts the probe was not trained on, between a score and what the probe predicts from a layer's hidden states: 0 where they " +
            "tell nothing, 1 where they tell it exactly. It is the mean over folds and seeds."),
        ("Layer", "0 is the output of the embedding, 1 that of the first block; the last one is taken after the final norm."),
        (
            "Input, Forward, Output, Backward",
            "Whose states are read against whose score. Input: the prompt's states, the prompt's score. Forward: the continuation's states, the prompt's " +
            "score. Output: the continuation's states, its own score. Backward: the prompt's states, the highest score among the continuations to come."),
        (
            "Interval",
            "95 %, in brackets. It says how much a figure would move with other prompts, to test on and (of layers) to train on. Below a stated number of " +
            "prompts there is none. It does not say how far the scorer may be off."),
        (
            "Selectivity, compression, partial strength",
            "Three checks of information strength. Strength less that of the same probe on a control task; how many times shorter the online code of the " +
            "training labels is than that of their mean; and the correlation of prediction and label that is left when the number of tokens pooled is taken " +
            "out of both."),
        ("Missing", "A score, vector or correlation that does not exist. It is shown as missing, with its reason, left out of every mean, and counted."),
    ];

    private static readonly (string Term, string Meaning) Reference = (
        "EMT-reference, TP-reference",
        "As the paper's scripts compute them, beside ours. Prompts of which a continuation has no score are left out of both EMT; they count as not toxic " +
        "in TP-reference, and are left out of TP. Toxic is above .5 for TP-reference, from .5 on for TP.");

    public static void Write(Markup page, Findings findings)
    {
        Section.Open(page, "reading", "How to read this");
        page.Open("dl", ("class", "facts terms"));
        foreach (var (term, meaning) in findings.Analysis is { Reference: true } ? Terms.Append(Reference) : Terms)
        {
            page.Open("div").Element("dt", term).Element("dd", meaning).Close();
        }

        page.Close();
        if (findings.Estimators.Count > 0)
        {
            page.Element("h3", "Estimators");
            page.Open("dl", ("class", "facts terms"));
            foreach (var (name, meaning) in findings.Estimators)
            {
                page.Open("div").Open("dt").Element("code", name).Close().Element("dd", meaning).Close();
            }

            page.Close();
        }

        page.Open("p", ("class", "note"))
            .Text(
                "Method: Waldis et al., “Aligned Probing: Relating Toxic Behavior and Model Internals”, TACL 14, 2026. All figures of this page lie " +
                "beside it in ");
        page.Element("code", "behavior.csv")
            .Text(", ")
            .Element("code", "internals.csv")
            .Text(", ")
            .Element("code", "selectivity.csv")
            .Text(", ")
            .Element("code", "differences.csv")
            .Text(" and ")
            .Element("code", "findings.json")
            .Text(".")
            .Close();
        page.Close();
    }
}
