using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Torch.Running;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Vectors;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>probe</c>: how strongly each layer encodes each attribute; of a run, or of vectors that a person already has.</summary>
internal static class ProbeVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "probe",
        "Train and test probes on a run's vectors and scores, as the run was asked unless options say otherwise; or on vectors of your own (--vectors).",
        VerbCommand.RunArgument,
        new VerbUse
        {
            Title = "probe --vectors",
            When = ProbeSettings.Vectors,
            Settings =
            [
                ProbeSettings.Probe, ProbeSettings.Layers, ProbeSettings.Control, ProbeSettings.HiddenUnits, ProbeSettings.Standardise,
                ProbeSettings.OnlineCoding, ProbeSettings.Vectors, ProbeSettings.Labels, ProbeSettings.Label, ProbeSettings.Id, ProbeSettings.Group,
                ProbeSettings.Save, MachineSettings.Threads, MachineSettings.OutputFile,
            ],
            Bind = input =>
            {
                var probes = input.Given.Value(ProbeSettings.Probe);
                var isAsked = input.Given.Has(ProbeSettings.Probe);
                var output = input.PathOf(input.Given.Value(MachineSettings.OutputFile));
                var options = OptionsOf(input, output);
                return cancellationToken => Task.FromResult(ProbeVectors(probes, isAsked, options, output!, host, cancellationToken));
            },
        },
        StageVerb.Use(
            "probe",
            null,
            [
                .. MeasurementAsked.OfScoring, .. MeasurementAsked.OfProbing, MachineSettings.Threads, MachineSettings.Shard, MachineSettings.Claim,
                MachineSettings.ClaimSeconds, MachineSettings.Json,
            ],
            input =>
            {
                var asked = MeasurementAsked.From(input.Given);
                var (threads, shard) = (input.Given.Value(MachineSettings.Threads), RunRequest.ShardOf(input.Given, host.Variable));
                var json = input.Given.Value(MachineSettings.Json);
                return (run, stages) =>
                {
                    var manifest = run.ReadManifest();
                    var measurement = asked.Over(manifest.Measurement, manifest.Encoding);
                    run.WriteMeasurement(measurement);
                    var result = stages.Probe(run, measurement, shard, threads);
                    stages.Say($"{run.FullPath}: {result.Done} layers probed, {result.AlreadyDone} were there");
                    stages.ReportFailures([result]);
                    return Task.FromResult(StageOutcome.Tell(run, result, json, host));
                };
            }));

    private static VectorProbingOptions OptionsOf(VerbInput input, string? output)
    {
        var given = input.Given;
        var (labels, names) = (given.Value(ProbeSettings.Labels), given.Value(ProbeSettings.Label));
        if (labels is null || names.Count == 0 || output is null)
        {
            throw new InputException(
                "wrong-usage",
                "probe --vectors",
                "--labels, --label or --output is missing",
                "Write for example: probe --vectors x.npy --labels y.csv --label toxicity --output runs.csv");
        }

        return new VectorProbingOptions
        {
            Vectors = input.PathOf(given.Value(ProbeSettings.Vectors))!,
            Labels = input.PathOf(labels)!,
            Names = names,
            Id = given.Value(ProbeSettings.Id),
            Group = given.Value(ProbeSettings.Group),
            Layers = given.Value(ProbeSettings.Layers),
            Controls = given.Value(ProbeSettings.Control),
            HiddenUnits = given.Value(ProbeSettings.HiddenUnits),
            Standardise = given.Value(ProbeSettings.Standardise),
            OnlineCoding = given.Value(ProbeSettings.OnlineCoding),
            Save = input.PathOf(given.Value(ProbeSettings.Save)),
            Threads = given.Value(MachineSettings.Threads),
        };
    }

    private static int ProbeVectors(
        IReadOnlyList<string> probes, bool isAsked, VectorProbingOptions options, string path, Host host, CancellationToken cancellationToken)
    {
        // Words have no order that a linear probe could follow; where nothing else is asked for, they are classes.
        if (!isAsked && VectorProbing.HasCategories(options))
        {
            probes = [ProbeCatalog.LogisticOfSeveral];
        }

        using var display = Displays.For(host);
        var results = probes.Select(probe => VectorProbing.Run(options with { Probe = probe }, display, cancellationToken)).ToArray();
        VectorProbingResult.WriteCsv(path, results);
        var codes = Path.ChangeExtension(path, ".codes.csv");
        if (options.OnlineCoding)
        {
            VectorProbingResult.WriteCodesCsv(codes, results);
        }

        var first = results[0];
        display.Say(
            $"{first.Rows} "
                + $"rows{string.Concat(first.WithoutLabel.Where(pair => pair.Value > 0).Select(pair => $"; {pair.Value} without {pair.Key}"))}" +
                $"{(first.NotFinite > 0 ? $"; {first.NotFinite} with a vector that is not finite" : "")}"
        );
        foreach (
            var classes in results.FirstOrDefault(result => VectorSummary.Classes(result).Any()) is { } classified ? VectorSummary.Classes(classified) : [])
        {
            display.Say(classes);
        }

        Summary.Print(host, VectorSummary.Of(results));
        display.Say(
            $"written: {path}{(options.OnlineCoding ? $", {codes}" : "")}{(options.Save is { } kept ? $", {kept}" : "")}"
        );
        return ExitCode.Done;
    }
}
