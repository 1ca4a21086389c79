using AlignedProbing.Probing;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Running.Estimates;

/// <summary>What a run writes, part by part.</summary>
/// <param name="plan">The run.</param>
/// <param name="tokens">Its tokens.</param>
/// <param name="attributes">Attributes of a scorer, as it is asked for.</param>
internal sealed class DiskParts(RunPlan plan, TokenCounts tokens, Func<string, int> attributes)
{
    // Every array file begins with a header of this length.
    private const int NpyHeader = 128;

    private const int Folds = 4;
    private const int Scenarios = 4;

    // Of texts and lines, for which only their number is known; as they came out on RealToxicityPrompts (docs/guide/plan.md).
    private const double BytesOfToken = 8.6;
    private const int BytesOfUnit = 600;
    private const int BytesOfSum = 75;
    private const int BytesOfScoredText = 104;
    private const int BytesOfScore = 22;
    private const int BytesOfProbe = 585;
    private const int BytesOfMissingProbe = 130;
    private const int BytesOfDirection = 147;
    private const int BytesOfReport = 250_000;
    private const int BytesOfReportedCell = 3560;
    private const int BytesOfMissingCell = 1500;

    // What Output and Backward predict of lengths; sampled continuations nearly all have the asked one, and then there is nothing to predict.
    private const int ScenariosOfLengths = 2;

    /// <summary>All parts.</summary>
    public IReadOnlyList<DiskPart> All() =>
    [
        new DiskPart("vectors", Vectors(), Exact: true),
        .. plan.Manifest.Measurement.Controls
            .Intersect(ControlEncoding.Names)
            .Select(control => new DiskPart($"vectors, {control}", Vectors(), Exact: true)),
        new DiskPart("prompts and token ids", plan.Prompts.Sum(TokenCounts.LineOf) + tokens.RowBytes, Exact: true),
        new DiskPart("continuations", Continuations(), Exact: false),
        .. plan.Request.IsMeasured ? Measured() : [],
    ];

    private IEnumerable<DiskPart> Measured()
    {
        var measurement = plan.Manifest.Measurement;
        var texts = plan.Prompts.Count + tokens.Continuations;
        foreach (var scorer in measurement.Scorers)
        {
            var name = ScorerSource.NameOf(scorer);
            yield return new DiskPart($"scores/{name}", texts * (BytesOfScoredText + (attributes(scorer) * BytesOfScore)), Exact: false);
        }

        foreach (var scorer in measurement.Scorers)
        {
            foreach (var probe in measurement.Probes)
            {
                yield return new DiskPart($"probes/{probe}/{ScorerSource.NameOf(scorer)}", Probes(measurement, probe, attributes(scorer)), Exact: false);
            }
        }

        var missing = Unlabelled(measurement);
        var report = measurement.Scorers.Sum(scorer =>
            Layers(measurement) * (((Cells(measurement, attributes(scorer)).Cells - missing) * BytesOfReportedCell) + (missing * BytesOfMissingCell)));
        yield return new DiskPart("analysis and report", BytesOfReport + (report * measurement.Probes.Count), Exact: false);
    }

    private long Vectors()
    {
        var (asked, sizes) = (plan.Manifest.Encoding, plan.Description.Sizes);
        var vector = (long)sizes.HiddenStates * sizes.Width * (asked.VectorType == "float16" ? 2 : 4);
        var bytes = 0L;
        for (var chunk = 0; chunk < plan.Chunks; chunk++)
        {
            var prompts = Math.Min(asked.Chunk, plan.Prompts.Count - (chunk * asked.Chunk));
            var sides = tokens.WithInstruction.Contains(chunk) ? 2 : 1;
            bytes += asked.Pooling.Count * ((NpyHeader * (sides + 1)) + (vector * prompts * (sides + asked.Keep.Count)));
        }

        return bytes;
    }

    // A line without text and ids is of known length; its tokens are the more the longer it is.
    private long Continuations()
    {
        var line = TokenCounts.LineOf(new Continuation
        {
            PromptId = plan.Prompts[^1].Id,
            Number = plan.Manifest.Encoding.Samples - 1,
            Text = "",
            TokenIds = [],
            End = ContinuationEnd.Length,
            MeanLogProbability = -2.3456789012345678,
        });
        return (line * tokens.Continuations) + (long)(BytesOfToken * tokens.ContinuationTokens) + (plan.Chunks * (BytesOfUnit + Sums()));
    }

    // Each array file of a chunk has a sum for each layer.
    private long Sums()
    {
        var sides = tokens.WithInstruction.Count > 0 ? 3L : 2;
        return plan.Manifest.Encoding.Pooling.Count * sides * (plan.Description.Sizes.HiddenStates + 3) * BytesOfSum;
    }

    private long Probes(MeasurementManifest measurement, string probe, int scored)
    {
        var (columns, cells) = Cells(measurement, scored);
        var isRandomized = measurement.Controls.Contains(ProbingOptions.Randomization);
        var options = Stages.ProbingOf(measurement, probe, measurement.Scorers[0]);
        var usesSeeds = ProbeCatalog.Create(options).UsesSeeds;
        var (seeds, most) = (usesSeeds ? options.Seeds.Count : 1, usesSeeds || isRandomized ? options.Seeds.Count : 1);
        var rows = (long)plan.Prompts.Count * measurement.ProbedContinuations.Count;
        var predictions = NpyHeader + (4L * cells * (2 + most) * rows);
        var directions = ProbeCatalog.WithHiddenUnits.Contains(probe) ? 0L : (((long)Scenarios * columns) - Unlabelled(measurement)) * Folds * seeds;
        var missing = Unlabelled(measurement);
        var lines = (long)seeds * Folds * (((cells - missing) * BytesOfProbe) + (missing * BytesOfMissingProbe));
        return Layers(measurement)
            * (
                predictions
                + BytesOfUnit
                + ((long)cells * BytesOfSum)
                + lines
                + NpyHeader
                + (directions * ((4L * plan.Description.Sizes.Width) + BytesOfDirection)));
    }
    private static (int Columns, int Cells) Cells(MeasurementManifest measurement, int scored)
    {
        var columns = measurement.Attributes?.Count ?? scored + 1;
        return (columns, Scenarios * columns * (1 + measurement.Controls.Count));
    }

    private int Unlabelled(MeasurementManifest measurement) =>
        measurement.Attributes is null && plan.Manifest.Encoding.Continuations == "sampled" ? ScenariosOfLengths : 0;

    private long Layers(MeasurementManifest measurement) => measurement.Layers?.Count ?? plan.Description.Sizes.HiddenStates;
}
