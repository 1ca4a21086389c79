using AlignedProbing.Runs.Studies;
using System.Globalization;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Reports.Tables;

/// <summary>What <c>status</c> and <c>ls</c> show: how far runs have come, as strings ready to print.</summary>
public static class StatusTable
{
    /// <summary>One run, a row for each stage.</summary>
    public static SummaryTable Of(RunStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        return new SummaryTable(
            $"{status.Run}: {status.State}",
            ["stage", "units", "done", "in work", "failed", "missing", "left"],
            [
                .. status.Stages.Select(stage => (IReadOnlyList<string>)
                [
                    stage.Stage,
                    NumberText.Count(stage.Units),
                    NumberText.Count(stage.Done),
                    NumberText.Count(stage.Claimed),
                    NumberText.Count(stage.Failed),
                    NumberText.Count(stage.Missing),
                    stage.SecondsLeft is { } seconds ? TimeSpan.FromSeconds(seconds).ToString("c", CultureInfo.InvariantCulture) : NumberText.None,
                ]),
            ]);
    }

    /// <summary>A study, a row for each run.</summary>
    public static SummaryTable Of(StudyStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        return new SummaryTable(
            $"{status.Name}: {status.Complete} of {status.Runs.Count} runs complete",
            ["run", "state", "family", "kind", "prompts", "units done"],
            [
                .. status.Runs.Select(run => (IReadOnlyList<string>)
                [
                    run.Name,
                    run.State,
                    run.Family,
                    run.Kind ?? NumberText.None,
                    run.Prompts is { } prompts ? NumberText.Count(prompts) : NumberText.None,
                    run.Units == 0 ? NumberText.None : $"{NumberText.Count(run.Done)} of {NumberText.Count(run.Units)}",
                ]),
            ]);
    }

    /// <summary>Several runs, a row each: the EMT of each scorer's first attribute, and each probe's highest peak.</summary>
    /// <param name="title">What was listed.</param>
    /// <param name="runs">The runs.</param>
    public static SummaryTable Of(string title, IReadOnlyList<RunListing> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return new SummaryTable(
            title,
            ["run", "state", "model", "prompts", "EMT", "peaks"],
            [
                .. runs.Select(run => (IReadOnlyList<string>)
                [
                    Path.GetFileName(run.Run),
                    run.State,
                    run.Model ?? NumberText.None,
                    run.Prompts is { } prompts ? NumberText.Count(prompts) : NumberText.None,
                    Lines(run.Emt.GroupBy(row => row.Scorer).Select(rows => rows.First()).Select(row =>
                        $"{row.Scorer} {Wording.Name(row.Attribute)} {NumberText.WithInterval(row.Value, row.Low, row.High, NumberText.Unit)}")),
                    Lines(run.Peaks.GroupBy(peak => (peak.Probe, peak.Scorer)).Select(peaks => peaks.MaxBy(peak => peak.R)!).Select(peak =>
                        $"{peak.Probe} {Wording.Scenario(peak.Scenario)} {Wording.Name(peak.Attribute)} {NumberText.Unit(peak.R)} in layer {peak.Layer}")),
                ]),
            ]);
    }

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines) is { Length: > 0 } text ? text : NumberText.None;
}
