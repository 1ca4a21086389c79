using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AlignedProbing.Prompts;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Scorers.Classifiers;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Benchmarks;

/// <summary>
/// Texts a second of a RoBERTa classifier with random weights, as a scorer, beside the same in padded batches on the same libtorch and, where <c>--python</c>
/// names one with PyTorch, in that.
/// Arguments: <c>--prompts FILE --tokenizer FOLDER [--size base|large|distil] [--tokens own,128,16-256] [--limit 128] [--rounds 3] [--precision full|bf16]
/// [--python PROGRAM]</c>. With a number in
/// <c>--tokens</c> the prompts are put one after another and cut into 32 texts of about so many tokens; with a range, of all lengths within, in an order that
/// does not follow them.
/// </summary>
internal static class ClassifierBenchmark
{
    private const int BatchSize = 32;

    public static void Run(IReadOnlyList<string> arguments)
    {
        TorchRuntime.EnsureLoaded();
        var options = arguments.Chunk(2).ToDictionary(pair => pair[0], pair => pair[^1], StringComparer.Ordinal);
        var (layers, width) = options.GetValueOrDefault("--size", "base") switch
        {
            "distil" => (6, 768),
            "large" => (24, 1024),
            _ => (12, 768),
        };
        var tokenizer = options.GetValueOrDefault("--tokenizer") ?? throw new ArgumentException("Say --tokenizer FOLDER.");
        var prompts = PromptSet.Read(
            options.GetValueOrDefault("--prompts") ?? throw new ArgumentException("Say --prompts FILE."),
            new PromptSetOptions { Limit = Number("--limit", 128) });
        string[] own = [.. prompts.Prompts.Select(prompt => prompt.Text)];
        var lengths = options.GetValueOrDefault("--tokens", "own").Split(',');
        var folder = Directory.CreateTempSubdirectory("classifier-benchmark-").FullName;
        try
        {
            RandomRoberta.Write(folder, layers, width);
            File.Copy(Path.Combine(tokenizer, "tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
            var precision = options.GetValueOrDefault("--precision", "full") == "bf16" ? WeightPrecision.BFloat16 : WeightPrecision.Full;
            foreach (var length in lengths)
            {
                var texts =
                    length == "own"
                        ? own
                        : Cut(own, Tokenizer.FromFolder(folder), [.. length.Split('-').Select(tokens => int.Parse(tokens, CultureInfo.InvariantCulture))]);
                Compare(
                    folder,
                    layers,
                    width,
                    texts,
                    precision,
                    Number("--rounds", 3),
                    Number("--tokens-at-a-time", 1024),
                    options.GetValueOrDefault("--python"));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        int Number(string name, int otherwise) => options.TryGetValue(name, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
    }

    // A text that is tokenized again can have a token more or less. 11 and 32 have no common divisor, so every length of a range comes once.
    private static string[] Cut(string[] texts, Tokenizer tokenizer, int[] range)
    {
        var ids = tokenizer.Encode(string.Join(' ', texts), addSpecialTokens: false).Ids;
        var at = 0;
        return [.. Enumerable.Range(0, BatchSize).Select(i =>
        {
            var tokens = range[0] + ((range[^1] - range[0]) * (i * 11 % BatchSize) / (BatchSize - 1));
            at += tokens;
            return tokenizer.Decode([.. Enumerable.Range(at - tokens, tokens).Select(token => ids[token % ids.Length])], skipSpecialTokens: true);
        })];
    }

    private static void Compare(string folder, int layers, int width, string[] texts, WeightPrecision precision, int rounds, int tokensAtATime, string? python)
    {
        using var scorer = ClassifierScorer.Open(
            new ClassifierOptions
            {
                Name = "random",
                Folder = folder,
                Precision = precision,
                TokensAtATime = tokensAtATime,
            });
        using var padded = new PaddedRoberta(folder, layers, width);
        var tokenizer = Tokenizer.FromFolder(folder);
        var ids = texts.Select(text => tokenizer.Encode(text, addSpecialTokens: true).Ids).ToArray();
        var tokens = ids.Sum(text => text.Length);
        var withPadding = ids.Chunk(BatchSize).Sum(batch => batch.Length * batch.Max(text => text.Length));
        Console.WriteLine(
            $"\n{layers} layers of width {width}, {texts.Length} texts of {(double)tokens / texts.Length:F1} tokens ({ids.Min(text => text.Length)} to " +
            $"{ids.Max(text => text.Length)}), {(double)withPadding / tokens:F2} times as many with padding; {torch.get_num_threads()} threads, {precision}"
        );

        var scores = scorer.ScoreAsync(texts, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var logits = padded.Run(ids, BatchSize);
        var worst = scores.SelectMany(score => score.Scores.Values).Zip(logits, (score, logit) => Math.Abs(score - (1 / (1 + Math.Exp(-logit))))).Max();
        Console.WriteLine($"largest difference of the scores: {worst:g2}");

        using var other = python is null ? null : new PythonClassifier(python, folder, layers, width, ids, BatchSize);
        List<Spent> ours = [], plain = [], inPython = [];
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(Time(() => scorer.ScoreAsync(texts, CancellationToken.None).AsTask().GetAwaiter().GetResult()));
            plain.Add(Time(() => padded.Run(ids, BatchSize)));
            if (other is not null)
            {
                inPython.Add(other.Time());
            }
        }

        Console.WriteLine(
            $"this scorer (with tokenizing):           {texts.Length / ours.Min(spent => spent.Seconds), 7:F1} texts/s, " +
            $"{tokens / ours.Min(spent => spent.Seconds), 7:F0} tokens/s"
        );
        Beside($"padded batches of {BatchSize}, same libtorch:     ", plain);
        if (other is not null)
        {
            Beside($"padded batches of {BatchSize}, {other.Version,-19}", inPython);
        }

        void Beside(string what, List<Spent> theirs) =>
            Console.WriteLine(
                $"{what} {texts.Length / theirs.Min(spent => spent.Seconds), 7:F1} texts/s; its time over ours: best " +
                $"{theirs.Min(spent => spent.Seconds) / ours.Min(spent => spent.Seconds):F2}, each round {Ratios(theirs, spent => spent.Seconds)}; " +
                $"processor time {Ratios(theirs, spent => spent.Processor)}"
            );

        string Ratios(List<Spent> theirs, Func<Spent, double> of) =>
            string.Join(" ", theirs.Zip(ours, (a, b) => (of(a) / of(b)).ToString("F2", CultureInfo.InvariantCulture)));
    }

    private static Spent Time(Action action)
    {
        using var process = Process.GetCurrentProcess();
        var (start, before) = (Stopwatch.GetTimestamp(), process.TotalProcessorTime);
        action();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.Refresh();
        return new Spent(seconds, (process.TotalProcessorTime - before).TotalSeconds);
    }

    /// <summary>Seconds by the clock, and of all the processors.</summary>
    private readonly record struct Spent(double Seconds, double Processor);

    /// <summary>bench/python/classifier.py: runs a round whenever a line comes, and answers with its seconds.</summary>
    private sealed class PythonClassifier : IDisposable
    {
        private readonly Process _process;

        public PythonClassifier(string program, string folder, int layers, int width, int[][] ids, int batchSize)
        {
            var path = Path.Combine(folder, "ids.json");
            File.WriteAllText(
                path,
                JsonSerializer.Serialize(
                    new
                    {
                        layers,
                        width,
                        batch_size = batchSize,
                        threads = torch.get_num_threads(),
                        ids,
                    }));
            _process = Process.Start(
                new ProcessStartInfo(program, ["bench/python/classifier.py", path]) { RedirectStandardInput = true, RedirectStandardOutput = true }
            )!;
            Version = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("Python ended; run from the repository's root.");
        }

        public string Version { get; }

        public Spent Time()
        {
            _process.StandardInput.WriteLine();
            var said = _process.StandardOutput.ReadLine()!.Split(' ');
            return new Spent(double.Parse(said[0], CultureInfo.InvariantCulture), double.Parse(said[1], CultureInfo.InvariantCulture));
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
