using System.Diagnostics;
using System.Text.Json;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Kernels;

namespace AlignedProbing.Benchmarks;

/// <summary>What one process measured: one precision and batch size.</summary>
internal sealed record EncodeRow
{
    public required string Precision { get; init; }

    public required int BatchSize { get; init; }

    public required int Prompts { get; init; }

    public required int Tokens { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Of processor time, all cores.</summary>
    public required double ProcessorSeconds { get; init; }

    /// <summary>What the processor's products allow; null where the model is on another device.</summary>
    public required ProductBound? Before { get; init; }

    public required ProductBound? After { get; init; }

    /// <summary>Share of the time by part.</summary>
    public required SortedDictionary<string, double> Shares { get; init; }

    public required long PeakMegabytes { get; init; }

    /// <summary>Measures, after a warm-up of one prompt.</summary>
    public static EncodeRow Measure(IReadOnlyDictionary<string, string> options)
    {
        using var session = new EncodeSession(options);
        session.Encode([.. session.Prompts.Take(1)]);
        var before = Bound();
        var round = session.Encode();
        return new EncodeRow
        {
            Precision = session.Precision,
            BatchSize = session.BatchSize,
            Prompts = session.Prompts.Count,
            Tokens = round.Tokens,
            Seconds = round.Seconds,
            ProcessorSeconds = round.ProcessorSeconds,
            Before = before,
            After = Bound(),
            Shares = ByPart(round.Times, round.Seconds),
            PeakMegabytes = Process.GetCurrentProcess().PeakWorkingSet64 >> 20,
        };

        ProductBound? Bound() => session.Device == "cpu" ? ProductBound.Measure(session.Sizes) : null;
    }

    /// <summary>The row, from what a process that measured one wrote.</summary>
    public static EncodeRow Parse(string json) =>
        JsonSerializer.Deserialize<EncodeRow>(json) ?? throw new InvalidDataException("The process that measures wrote no row.");

    /// <summary>The row as one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this);

    private static SortedDictionary<string, double> ByPart(PartTimes times, double seconds)
    {
        var shares = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var part in Enum.GetValues<ForwardPart>())
        {
            shares.Add(part.ToString(), times.Seconds(part) / seconds);
        }

        shares.Add("Storing", times.StoringSeconds / seconds);
        shares.Add("Waiting", times.WaitingSeconds / seconds);
        shares.Add("Rest", 1 - shares.Values.Sum());
        return shares;
    }
}
