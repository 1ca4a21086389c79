using System.Diagnostics;
using System.Globalization;

namespace AlignedProbing.Benchmarks;

/// <summary>
/// How fast prompts are encoded, against what the machine's own matrix products allow, and where the time goes. Arguments: <c>--model FOLDER [--prompts
/// FILE.jsonl] [--limit N] [--batch-size 4]
/// [--precision full|bf16] [--samples 25] [--max-new-tokens 20] [--device cpu|cuda]</c>; with <c>--table</c> float32 and bf16 at 4, 16 and 64 prompts a batch,
/// or at the one asked for, a fresh
/// process each, so that peaks of memory are their own; with <c>--peer "PROGRAM ARGUMENTS" [--rounds 2]</c> beside another program, 4 and 16 prompts.
/// </summary>
internal static class EncodeBenchmark
{
    private static readonly string[] Precisions = ["full", "bf16"];
    private static readonly int[] BatchSizes = [4, 16, 64];
    private static readonly string[] Parts = ["Linear", "Head", "Attention", "NormAndRotary", "Activation", "Sampling", "Pooling", "Storing", "Waiting"];

    public static void Run(IReadOnlyList<string> arguments)
    {
        var flags = arguments.Where(argument => argument is "--table" or "--json").ToArray();
        var options = arguments.Where(argument => !flags.Contains(argument)).Chunk(2).ToDictionary(pair => pair[0], pair => pair[^1], StringComparer.Ordinal);
        if (flags.Contains("--json"))
        {
            Console.WriteLine(EncodeRow.Measure(options).ToJson());
            return;
        }

        Console.WriteLine(MachineFeatures.Describe());
        Console.WriteLine();
        if (options.TryGetValue("--peer", out var peer))
        {
            PeerTable.Run(peer, options);
            return;
        }

        Console.WriteLine(
            "| precision, prompts a batch | tokens/s | bound, before and after | reached | tokens a processor second | bound | reached | linear | head | " +
            "attention | norm, rotary | activation | sampler | pooling | storing | waiting | the rest | peak |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        if (!flags.Contains("--table"))
        {
            Console.WriteLine(Line(EncodeRow.Measure(options)));
            return;
        }

        foreach (var batch in options.TryGetValue("--batch-size", out var asked) ? [int.Parse(asked, CultureInfo.InvariantCulture)] : BatchSizes)
        {
            foreach (var precision in Precisions)
            {
                var row = new Dictionary<string, string>(options, StringComparer.Ordinal) { ["--batch-size"] = $"{batch}", ["--precision"] = precision };
                Console.WriteLine(Line(InProcessOfItsOwn(row)));
            }
        }
    }

    private static EncodeRow InProcessOfItsOwn(Dictionary<string, string> options)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["encode", "--json", .. options.SelectMany(option => new[] { option.Key, option.Value })])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? EncodeRow.Parse(output)
            : throw new InvalidOperationException($"The process that measures ended with {process.ExitCode}.");
    }

    private static string Line(EncodeRow row)
    {
        var (speed, ofCore) = (row.Tokens / row.Seconds, row.Tokens / row.ProcessorSeconds);
        var (wall, core, reached, reachedOfCore) = ("not measured", "", "", "");
        if (row is { Before: { } before, After: { } after })
        {
            wall = string.Create(CultureInfo.InvariantCulture, $"{before.Wall:f0}, {after.Wall:f0}");
            core = string.Create(CultureInfo.InvariantCulture, $"{(before.Processor + after.Processor) / 2:f0}");
            reached = string.Create(CultureInfo.InvariantCulture, $"{200 * speed / (before.Wall + after.Wall):f0} %");
            reachedOfCore = string.Create(CultureInfo.InvariantCulture, $"{200 * ofCore / (before.Processor + after.Processor):f0} %");
        }

        var shares = string.Join(
            " | ",
            Parts
                .Append("Rest")
                .Select(part =>
                    string.Create(CultureInfo.InvariantCulture, $"{100 * (row.Shares[part] + (part == "Rest" ? row.Shares["Embedding"] : 0)):f1} %")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {(row.Precision == "full" ? "float32" : row.Precision)}, {row.BatchSize} ({row.Prompts} prompts) | {speed:f0} | {wall} | {reached} | " +
            $"{ofCore:f0} | {core} | {reachedOfCore} | {shares} | {row.PeakMegabytes:N0} MB |");
    }
}
