using System.Diagnostics;
using System.Globalization;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Benchmarks;

/// <summary>
/// Encoding beside what Hugging Face's <c>generate</c> does on the same prompts, rounds in turn: tokens a second of each, and the ratio of each round.
/// </summary>
internal static class PeerTable
{
    /// <summary>Prints rows for each batch size: <see cref="PaddedLlama"/> on the same libtorch, and the program.</summary>
    /// <param name="command">The program; <c>none</c>: the same libtorch alone.</param>
    /// <param name="options">As <see cref="EncodeBenchmark"/> lists them.</param>
    public static void Run(string command, IReadOnlyDictionary<string, string> options)
    {
        var sizes = options.TryGetValue("--batch-size", out var asked) ? [asked] : new[] { "4", "16" };
        Console.WriteLine(
            "| precision, prompts a batch | ours, tokens/s | bound | beside | tokens/s | bound by its own products | ratio of each round | the same by " +
            "processor time | prompts' vectors differ by |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var size in sizes)
        {
            Rows(
                command,
                new Dictionary<string, string>(options, StringComparer.Ordinal)
                {
                    ["--batch-size"] = size,
                    ["--limit"] = options.GetValueOrDefault("--limit", size),
                });
        }
    }

    private static void Rows(string command, Dictionary<string, string> options)
    {
        using var session = new EncodeSession(options);
        using var padded = new PaddedLlama(options["--model"], session.Sizes);
        using var program = command == "none" ? null : new EncodePeer(command, options["--model"], session);
        session.Encode([.. session.Prompts.Take(1)]);
        var bound = ProductBound.Measure(session.Sizes).Wall;
        var peers = new List<(string Name, double Bound, Func<PeerRound> Encode)> { ("the same libtorch", bound, () => Padded(padded, session)) };
        if (program is not null)
        {
            peers.Add((program.Version, program.Bound, program.Encode));
        }

        var count = int.Parse(options.GetValueOrDefault("--rounds", "2"), CultureInfo.InvariantCulture);
        var rounds = Enumerable.Range(0, count).Select(_ => (Own: session.Encode(), Others: peers.Select(peer => peer.Encode()).ToArray())).ToArray();
        for (var peer = 0; peer < peers.Count; peer++)
        {
            var pairs = rounds
                .Select(round => (Own: new PeerRound(round.Own.Tokens, round.Own.Seconds, round.Own.ProcessorSeconds, []), Other: round.Others[peer]))
                .ToArray();
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {(session.Precision == "full" ? "float32" : session.Precision)}, {session.BatchSize} ({session.Prompts.Count} prompts) | " +
                    $"{List(pairs, pair => pair.Own.Speed, "f0")} | {bound:f0} | {peers[peer].Name} | {List(pairs, pair => pair.Other.Speed, "f0")} | " +
                    $"{peers[peer].Bound:f0} | {List(pairs, pair => pair.Own.Speed / pair.Other.Speed, "f1")} | " +
                    $"{List(pairs, pair => pair.Own.SpeedOfCore / pair.Other.SpeedOfCore, "f1")} | " +
                    $"{Difference(rounds[^1].Own.Run, session, pairs[^1].Other.Inputs):0e-0} |"));
        }
    }

    private static string List((PeerRound Own, PeerRound Other)[] pairs, Func<(PeerRound Own, PeerRound Other), double> value, string format) =>
        string.Join(", ", pairs.Select(pair => value(pair).ToString(format, CultureInfo.InvariantCulture)));

    private static PeerRound Padded(PaddedLlama model, EncodeSession session)
    {
        var (tokens, inputs, start) = (0, new List<(float[] Values, int Prompts)>(), Stopwatch.GetTimestamp());
        var processor = ProbeBenchmark.ProcessorMilliseconds(() =>
        {
            foreach (var batch in session.Prompts.Chunk(session.BatchSize))
            {
                var (made, means) = model.Run(
                    [.. batch.Select(prompt => session.Inputs.Renderer.Render(prompt).Ids)],
                    session.Samples,
                    session.NewTokens,
                    0.9,
                    session.Inputs.Generation.EndOfText);
                tokens += made;
                inputs.Add((means, batch.Length));
            }
        });
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var width = session.Sizes.Width;
        var all = Enumerable
            .Range(0, session.Sizes.HiddenStates)
            .SelectMany(layer => inputs.SelectMany(batch => batch.Values.AsSpan(layer * batch.Prompts * width, batch.Prompts * width).ToArray()));
        return new PeerRound(tokens, seconds, processor / 1000, [.. all]);
    }

    /// <summary>
    /// The largest difference of the prompts' vectors [layers, prompts, width] from those of a run, relative to the larger of 1 and the run's.
    /// </summary>
    private static double Difference(RunFolder run, EncodeSession session, float[] inputs)
    {
        var (prompts, width, worst) = (session.Prompts.Count, session.Sizes.Width, 0.0);
        var chunk = run.ReadManifest().Encoding.Chunk;
        for (var first = 0; first < prompts; first += chunk)
        {
            var (own, shape) = NpyFile.ReadAll(run.VectorsPath(first / chunk, "input", "mean"));
            for (var i = 0; i < own.Length; i++)
            {
                var (layer, row) = (i / width / shape[1], first + (i / width % shape[1]));
                worst = Math.Max(worst, Math.Abs(own[i] - inputs[(((layer * prompts) + row) * width) + (i % width)]) / Math.Max(1, Math.Abs(own[i])));
            }
        }

        return worst;
    }
}
