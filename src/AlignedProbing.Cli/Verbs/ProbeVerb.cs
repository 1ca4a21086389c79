using System.CommandLine;
using AlignedProbing.Cli.Options;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>probe</c>: how strongly each layer encodes each attribute.</summary>
internal static class ProbeVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => StageVerb.Create(
        host,
        "probe",
        "Train and test probes on a run's vectors and scores. Without options: as the run was asked.",
        [CommonOptions.Probe, CommonOptions.Scorer, CommonOptions.Layers, CommonOptions.Attributes, CommonOptions.Control, CommonOptions.Standardise],
        (parsed, run, stages) =>
        {
            var asked = run.ReadManifest().Measurement;
            var result = stages.Probe(
                run,
                asked with
                {
                    Probes = StageVerbOptions.GivenOr(parsed, CommonOptions.Probe, asked.Probes),
                    Scorers = StageVerbOptions.GivenOr(parsed, CommonOptions.Scorer, asked.Scorers),
                    Layers = LayerList.Parse(parsed.GetValue(CommonOptions.Layers)) ?? asked.Layers,
                    Attributes = StageVerbOptions.GivenOr(parsed, CommonOptions.Attributes, asked.Attributes ?? []) is { Count: > 0 } attributes ? attributes : null,
                    Controls = StageVerbOptions.GivenOr(parsed, CommonOptions.Control, asked.Controls),
                    Standardise = parsed.GetValue(CommonOptions.Standardise) || asked.Standardise,
                },
                RunSettings.ShardOf(parsed),
                parsed.GetValue(CommonOptions.Threads));
            stages.Say($"{run.FullPath}: {result.Done} layers probed, {result.AlreadyDone} were there");
            return Task.FromResult(stages.ReportFailures([result]) > 0 ? ExitCode.SomeFailed : ExitCode.Done);
        });
}
