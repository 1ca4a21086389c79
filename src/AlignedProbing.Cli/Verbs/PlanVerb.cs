using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Files;
using AlignedProbing.Settings;
using AlignedProbing.Torch.Running;
using AlignedProbing.Torch.Running.Estimates;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>plan</c>: what a run will take, before anything of it starts.</summary>
internal static class PlanVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "plan",
        "Tell what 'run' with the same options will take: memory, disk, time, paid calls; and what does not fit, with what would. Starts nothing.",
        argument: null,
        new VerbUse
        {
            Title = "plan",
            Settings = [.. RunRequest.OfEncoding.Union(MeasurementAsked.OfScoring).Union(MeasurementAsked.OfProbing), MachineSettings.Json],
            Bind = input =>
            {
                var request = RunRequest.From(input.Given, host.Variable, MeasurementAsked.From(input.Given));
                var json = input.Given.Value(MachineSettings.Json);
                return async cancellationToken =>
                {
                    using var display = Displays.For(host);
                    var machine = host.Machine(display);
                    var plan = await RunPlan.MakeAsync(request, machine, cancellationToken).ConfigureAwait(false);
                    var estimate = new Estimator(plan, machine).Of(cancellationToken);
                    display.Dispose();
                    Show(estimate, json, host);
                    return ExitCode.Done;
                };
            },
        });

    private static void Show(RunEstimate estimate, bool json, Host host)
    {
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(estimate, RecordJson.Line));
            return;
        }

        var output = host.Output;
        output.WriteLine(
            $"{estimate.Model}, {Count(estimate.Parameters)} parameters; {Count(estimate.Prompts)} prompts in {Count(estimate.Chunks)} chunks"
                + $"{(estimate.ChunksLeft < estimate.Chunks ? $", of which {Count(estimate.ChunksLeft)} are left" : "")}; {Count(estimate.Continuations)} " +
                    "continuations"
        );
        output.WriteLine($"tokens: {Count(estimate.PromptTokens)} of prompts, at most {Count(estimate.ContinuationTokens)} of continuations");
        output.WriteLine($"memory (there are {ByteText.Of(estimate.MemoryAvailable)}):");
        foreach (var memory in estimate.Memory)
        {
            output.WriteLine(
                $"  {memory.Precision,-9} {ByteText.Of(memory.Total),8}: weights {ByteText.Of(memory.Weights)}, program {ByteText.Of(memory.Program)}, " +
                $"cache {ByteText.Of(memory.Cache)}, sums {ByteText.Of(memory.Sums)}, rows {ByteText.Of(memory.Rows)}{(memory.Fits ? "" : "; does not fit")}");
        }

        output.WriteLine($"disk: {ByteText.Of(estimate.DiskTotal)}{(estimate.DiskFree is { } free ? $" ({ByteText.Of(free)} are free)" : "")}");
        foreach (var part in estimate.Disk)
        {
            output.WriteLine($"  {ByteText.Of(part.Bytes),8}  {part.Part}{(part.Exact ? "" : " (estimated)")}");
        }

        output.WriteLine($"time on this machine alone: {Duration(estimate.Seconds)}");
        foreach (var stage in estimate.Time)
        {
            output.WriteLine($"  {(stage.Seconds is { } seconds ? Duration(seconds) : "?"),8}  {stage.Stage} ({stage.Basis})");
        }

        foreach (var call in estimate.Calls)
        {
            output.WriteLine($"calls: at most {Count(call.Calls)} to {call.Scorer}; texts that the cache holds are not asked again");
        }

        foreach (var problem in estimate.Problems)
        {
            output.WriteLine($"does not fit: {problem.Found}. {problem.Remedy}.");
        }
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Duration(double seconds) => seconds switch
    {
        < 90 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
    };
}
