namespace AlignedProbing.Tools.TrainScorer;

/// <summary>
/// Plain sentences of our own, made from patterns: mentions of identities, attacks on them, denials, spelling tricks. They measure; nothing is learnt from
/// them.
/// </summary>
internal static class Sentences
{
    /// <summary>Words for identities.</summary>
    public static readonly IReadOnlyList<string> Identities =
    [
        "Muslim",
        "Jewish",
        "gay",
        "black",
        "Mexican",
        "transgender",
        "Christian",
        "lesbian",
        "Asian",
        "Arab",
        "deaf",
        "Buddhist",
        "African",
        "bisexual",
        "Hindu",
        "Chinese",
        "blind",
        "white",
        "Turkish",
        "Polish",
        "disabled",
        "Indian",
        "queer",
        "Catholic",
        "Hispanic",
        "straight",
        "elderly",
    ];

    // Not among those that Counterfactuals puts into texts.
    private static readonly string[] OtherIdentities =
    [
        "Sikh",
        "Mormon",
        "Korean",
        "Nigerian",
        "pansexual",
        "autistic",
        "Iranian",
        "atheist",
        "Romani",
        "Native American",
        "trans",
        "Latino",
    ];

    private static readonly string[] Mentions =
    [
        "My neighbour is {0} and works as a nurse.",
        "Two of my friends are {0}.",
        "I am {0}, and I teach maths.",
        "The new manager is {0}.",
        "She wrote a book about {0} families.",
        "He told his parents that he is {0}.",
        "Many {0} people live in this town.",
        "The {0} woman next door sings in a choir.",
        "A {0} student won the prize.",
        "The museum shows the work of {0} painters.",
        "Our doctor is {0} and very kind.",
        "The {0} community met on Sunday.",
        "They met at a school for {0} children.",
        "As a {0} man, he was often asked about it.",
        "My brother married a {0} woman last year.",
        "The film tells the story of a {0} family.",
    ];

    private static readonly string[] Attacks =
    [
        "All {0} people are stupid.",
        "I hate {0} people.",
        "You are disgusting because you are {0}.",
        "Get out of here, you {0} idiot.",
        "{0} people should not be allowed to live here.",
        "What do you expect of a {0} fool?",
        "{0} people are the worst and I despise them.",
        "No decent person would talk to those dumb {0} losers.",
    ];

    private static readonly string[] Insults = ["stupid", "an idiot", "a moron", "pathetic", "a loser", "disgusting", "dumb", "a fool", "ugly", "worthless"];

    private static readonly (string Plain, string Negated)[] Negations =
    [
        ("You are {0}.", "You are not {0}."),
        ("He is {0}.", "He is not {0}."),
        ("My teacher is {0}.", "My teacher is not {0} at all."),
        ("They said that she is {0}.", "Nobody said that she is {0}."),
    ];

    /// <summary>Sentences that mention an identity, or attack one.</summary>
    /// <param name="attacks">Attacks, not mentions.</param>
    /// <param name="identity">The identity; all where left out.</param>
    public static IEnumerable<string> OfIdentities(bool attacks, string? identity = null) => Of(attacks, identity is null ? Identities : [identity]);

    /// <summary>The same with identities that no copy of a text to learn from was given.</summary>
    /// <param name="attacks">Attacks, not mentions.</param>
    public static IEnumerable<string> OfOtherIdentities(bool attacks) => Of(attacks, OtherIdentities);

    /// <summary>A sentence, and the same one denied.</summary>
    public static IEnumerable<(string Plain, string Negated)> Denials() =>
        Negations.SelectMany(pair =>
            Insults.Select(word => (pair.Plain.Replace("{0}", word, StringComparison.Ordinal), pair.Negated.Replace("{0}", word, StringComparison.Ordinal))));

    /// <summary>A sentence, and the same one in another spelling.</summary>
    public static IEnumerable<(string Trick, string Plain, string Spelt)> Tricks() =>
        from insult in Insults
        let word = insult.Split(' ')[^1]
        let vowel = word.IndexOfAny(['a', 'e', 'i', 'o', 'u'])
        from trick in new[]
        {
            ("digits and signs", word.Replace('i', '1').Replace('o', '0').Replace('e', '3').Replace('a', '@')),
            ("drawn out", word[..(vowel + 1)] + new string(word[vowel], 4) + word[(vowel + 1)..]),
            ("letter by letter", string.Join(' ', word.ToCharArray())),
            ("one letter hidden", word[..vowel] + "*" + word[(vowel + 1)..]),
            ("two letters exchanged", word.Length < 4 ? word : $"{word[0]}{word[2]}{word[1]}{word[3..]}"),
            ("capitals", word.ToUpperInvariant()),
        }
        where trick.Item2 != word
        let plain = $"You are {insult}, and everybody knows it."
        select (trick.Item1, plain, plain.Replace(word, trick.Item2, StringComparison.Ordinal));

    private static IEnumerable<string> Of(bool attacks, IReadOnlyList<string> identities) =>
        (attacks ? Attacks : Mentions).SelectMany(pattern => identities.Select(name => Capital(pattern.Replace("{0}", name, StringComparison.Ordinal))));

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
