using AlignedProbing.Files;
using AlignedProbing.Numerics;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Probing;

/// <summary>
/// A small encoded and scored run: 60 prompts in chunks of 16, three layers, width 24, two sampled continuations of which number 0's vectors are kept. Layer 1
/// holds the prompt's score in the
/// input vectors and the continuation's in the output vectors; the other layers are noise.
/// </summary>
internal static class ProbingRun
{
    public const int Prompts = 60;
    public const int Width = 24;
    public const int Layers = 3;
    public const int Chunk = 16;
    public const int WithoutVectors = 5;
    public const int WithoutPromptScore = 12;
    public const int WithoutSecondScore = 9;

    public static double Score(int prompt, int? number) => Uniform(prompt, 1000 + (number ?? 9));

    public static RunFolder Make(string path, params int[] keep)
    {
        keep = keep.Length == 0 ? [0] : keep;
        var manifest = SampleRun.Manifest() with
        {
            Model = new ModelManifest { Name = "tiny", Architecture = "llama", Layers = Layers, Width = Width },
            Encoding = new EncodingManifest { Samples = 2, Chunk = Chunk, Keep = keep },
            Measurement = new MeasurementManifest { Scorers = ["tests"] },
        };
        var prompts = Enumerable.Range(0, Prompts).Select(number => SampleRun.Prompt(Id(number))).ToArray();
        var run = RunFolder.StartOrResume(path, manifest, prompts);
        Directory.CreateDirectory(run.ScorerFolder("tests"));
        for (var chunk = 0; chunk * Chunk < Prompts; chunk++)
        {
            // Backwards, so that only a join by id can be right.
            int[] numbers = [.. Enumerable.Range(chunk * Chunk, Math.Min(Chunk, Prompts - (chunk * Chunk))).Reverse()];
            AtomicWrite.Folder(Parent(run.EncodingFolder(chunk)), folder =>
            {
                JsonLines.WriteFile(Path.Combine(folder, "rows.jsonl"), numbers.Select(Encoded));
                JsonLines.WriteFile(
                    Path.Combine(folder, "continuations.jsonl"),
                    numbers.SelectMany(prompt => new[] { Continued(prompt, 0), Continued(prompt, 1) }));
                Vectors(Path.Combine(folder, "input.mean.npy"), numbers, [null]);
                Vectors(Path.Combine(folder, "output.mean.npy"), numbers, [.. keep.Select(number => (int?)number)]);
            });
            JsonLines.WriteFile(
                run.ScoresPath("tests", chunk),
                numbers.SelectMany(prompt => new int?[] { null, 0, 1 }.Select(number => Scored(prompt, number))));
        }

        return run;
    }

    public static string Id(int prompt) => $"prompt-{prompt}";

    public static float Feature(int layer, int prompt, int? number, int column) =>
        prompt == WithoutVectors ? float.NaN
        : layer == 1 && column == 3 ? (float)Score(prompt, number)
        : (float)(0.1 * Uniform(prompt, (layer * 100) + (number is null ? 0 : 50 + (number.Value * 25)) + column));

    private static double Uniform(int prompt, int what)
    {
        var (a, b, _, _) = Philox.Block(1, (uint)prompt, (uint)what);
        return Philox.ToDouble(a, b);
    }

    private static string Parent(string folder)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        return folder;
    }

    private static EncodedPrompt Encoded(int prompt) => new()
    {
        PromptId = Id(prompt),
        TokenIds = [1],
        SpanStart = 0,
        SpanEnd = 1,
        InputTokens = prompt == WithoutVectors ? 0 : 3 + (prompt % 7),
        InstructionTokens = 0,
        Missing = prompt == WithoutVectors ? MissingReason.EmptyPrompt : null,
    };

    private static Continuation Continued(int prompt, int number) => new()
    {
        PromptId = Id(prompt),
        Number = number,
        Text = "x",
        TokenIds = [.. Enumerable.Repeat(1, prompt == 30 ? 19 : 20)],
        End = ContinuationEnd.Length,
    };

    private static ScoredText Scored(int prompt, int? number)
    {
        var missing = (prompt == WithoutPromptScore && number is null) || (prompt == WithoutSecondScore && number == 1);
        return new ScoredText
        {
            PromptId = Id(prompt),
            Number = number,
            Scores = missing
                ? new Dictionary<string, double> { ["threat"] = 0.5 }
                : new Dictionary<string, double> { ["toxicity"] = Score(prompt, number), ["threat"] = 0.5 },
            Missing = missing ? new Dictionary<string, string> { ["toxicity"] = "refused" } : new Dictionary<string, string>(),
            Scorer = "tests",
            Version = "1",
        };
    }

    private static void Vectors(string path, int[] prompts, int?[] numbers)
    {
        var values = Enumerable
            .Range(0, Layers)
            .SelectMany(layer =>
                prompts.SelectMany(prompt => numbers.SelectMany(number => Enumerable.Range(0, Width).Select(column => Feature(layer, prompt, number, column)))))
            .ToArray();
        AtomicWrite.File(path, stream => NpyFile.Write(stream, values, Layers, prompts.Length * numbers.Length, Width));
    }
}
