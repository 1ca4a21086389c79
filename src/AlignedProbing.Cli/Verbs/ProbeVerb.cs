using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Probing.Vectors;
using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>probe</c>: how strongly each layer encodes each attribute; of a run, or of vectors that a person already has.</summary>
internal static class ProbeVerb
{
    private static readonly Option<string?> Vectors = new("--vectors")
    {
        HelpName = "FILE.npy",
        Description = "Probe these vectors instead of a run's: [rows, width], or [layers, rows, width].",
    };

    private static readonly Option<string?> Labels = new("--labels")
    {
        HelpName = "FILE",
        Description = "With --vectors: CSV with a header, or JSONL; a row for each vector, in the same order.",
    };

    private static readonly Option<string[]> Label = new("--label")
    {
        HelpName = "NAME",
        Description =
            "With --vectors: a column, or a field of the JSON (prompt.toxicity); words too with --probe logistic or softmax. Rows without a label are left " +
            "out and counted.",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Id = new("--id")
    {
        HelpName = "NAME",
        Description = "With --vectors: the column or field that tells rows apart. An id that is there twice is an error.",
    };

    private static readonly Option<string?> Group = new("--group")
    {
        HelpName = "NAME",
        Description = "With --vectors: a column or field; rows with the same value are kept within one fold.",
    };

    private static readonly Option<string?> Save = new("--save")
    {
        HelpName = "FOLDER",
        Description = "With --vectors: also keep out-of-fold predictions and the fitted probes there (docs/probing.md).",
    };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var command = StageVerb.Create(
            host,
            "probe",
            "Train and test probes on a run's vectors and scores, as the run was asked unless options say otherwise; or on vectors of your own (--vectors).",
            [
                CommonOptions.Probe,
                CommonOptions.Scorer,
                CommonOptions.Layers,
                CommonOptions.Attributes,
                CommonOptions.Control,
                CommonOptions.HiddenUnits,
                CommonOptions.Standardise,
                CommonOptions.OnlineCoding,
                CommonOptions.GroupDuplicates,
                CommonOptions.ProbeContinuations,
                CommonOptions.Backward,
                Vectors,
                Labels,
                Label,
                Id,
                Group,
                Save,
            ],
            (parsed, run, stages) => Task.FromResult(ProbeRun(parsed, run, stages)));
        return StageVerb.OrElse(
            command,
            parsed => parsed.GetValue(Vectors) is not null,
            (parsed, cancellationToken) => Task.FromResult(ProbeVectors(parsed, host, cancellationToken)));
    }

    private static int ProbeRun(ParseResult parsed, RunFolder run, Stages stages)
    {
        var asked = run.ReadManifest().Measurement;
        var result = stages.Probe(
            run,
            asked with
            {
                Probes = StageVerbOptions.GivenOr(parsed, CommonOptions.Probe, asked.Probes),
                Scorers = StageVerbOptions.GivenOr(parsed, CommonOptions.Scorer, asked.Scorers),
                Layers = LayerList.Parse(parsed.GetValue(CommonOptions.Layers)) ?? asked.Layers,
                Attributes = StageVerbOptions.GivenOr(parsed, CommonOptions.Attributes, asked.Attributes ?? []) is { Count: > 0 } attributes
                    ? attributes
                    : null,
                Controls = StageVerbOptions.GivenOr(parsed, CommonOptions.Control, asked.Controls),
                HiddenUnits = parsed.GetResult(CommonOptions.HiddenUnits) is { Implicit: false }
                    ? parsed.GetValue(CommonOptions.HiddenUnits)
                    : asked.HiddenUnits,
                Standardise = parsed.GetValue(CommonOptions.Standardise) || asked.Standardise,
                OnlineCoding = parsed.GetValue(CommonOptions.OnlineCoding) || asked.OnlineCoding,
                GroupDuplicates = parsed.GetValue(CommonOptions.GroupDuplicates) || asked.GroupDuplicates,
                ProbedContinuations = parsed.GetResult(CommonOptions.ProbeContinuations) is { Implicit: false }
                    ? RunSettings.ProbedContinuations(parsed, run.ReadManifest().Encoding.Keep)
                    : asked.ProbedContinuations,
                Backward = parsed.GetResult(CommonOptions.Backward) is { Implicit: false } ? parsed.GetValue(CommonOptions.Backward)! : asked.Backward,
            },
            RunSettings.ShardOf(parsed),
            parsed.GetValue(CommonOptions.Threads));
        stages.Say($"{run.FullPath}: {result.Done} layers probed, {result.AlreadyDone} were there");
        return stages.ReportFailures([result]) > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    private static int ProbeVectors(ParseResult parsed, Host host, CancellationToken cancellationToken)
    {
        var probes = RunSettings.Split(parsed.GetValue(CommonOptions.Probe)!);
        var output = parsed.GetValue(CommonOptions.Output);
        if (parsed.GetValue(Labels) is not { } labels || parsed.GetValue(Label) is not { Length: > 0 } names || output is null)
        {
            throw new InputException(
                "wrong-usage",
                "probe --vectors",
                "--labels, --label or --output is missing",
                "Write for example: probe --vectors x.npy --labels y.csv --label toxicity --output runs.csv");
        }

        using var display = Displays.For(host);
        var results = probes.Select(probe => VectorProbing.Run(
            new VectorProbingOptions
            {
                Vectors = Path.Combine(host.WorkingFolder, parsed.GetValue(Vectors)!),
                Labels = Path.Combine(host.WorkingFolder, labels),
                Names = RunSettings.Split(names),
                Id = parsed.GetValue(Id),
                Group = parsed.GetValue(Group),
                Probe = probe,
                Layers = LayerList.Parse(parsed.GetValue(CommonOptions.Layers)),
                Controls = RunSettings.Split(parsed.GetValue(CommonOptions.Control)!),
                HiddenUnits = parsed.GetValue(CommonOptions.HiddenUnits),
                Standardise = parsed.GetValue(CommonOptions.Standardise),
                OnlineCoding = parsed.GetValue(CommonOptions.OnlineCoding),
                Save = parsed.GetValue(Save) is { } folder ? Path.Combine(host.WorkingFolder, folder) : null,
                Threads = parsed.GetValue(CommonOptions.Threads),
            },
            display,
            cancellationToken)).ToArray();
        var path = Path.Combine(host.WorkingFolder, output);
        VectorProbingResult.WriteCsv(path, results);
        var codes = Path.ChangeExtension(path, ".codes.csv");
        if (parsed.GetValue(CommonOptions.OnlineCoding))
        {
            VectorProbingResult.WriteCodesCsv(codes, results);
        }

        var first = results[0];
        display.Say(
            $"{first.Rows} "
                + $"rows{string.Concat(first.WithoutLabel.Where(pair => pair.Value > 0).Select(pair => $"; {pair.Value} without {pair.Key}"))}{(first.NotFinite > 0 ? $"; {first.NotFinite} with a vector that is not finite" : "")}"
        );
        foreach (
            var classes in results.FirstOrDefault(result => VectorSummary.Classes(result).Any()) is { } classified ? VectorSummary.Classes(classified) : [])
        {
            display.Say(classes);
        }

        Summary.Print(host, VectorSummary.Of(results));
        display.Say(
            $"written: {path}{(parsed.GetValue(CommonOptions.OnlineCoding) ? $", {codes}" : "")}{(parsed.GetValue(Save) is { } kept ? $", {Path.Combine(host.WorkingFolder, kept)}" : "")}"
        );
        return ExitCode.Done;
    }
}
