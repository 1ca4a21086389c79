#:project ../src/AlignedProbing.Torch/AlignedProbing.Torch.csproj
#:property PublishAot=false

// The whole of `aligned-probing run` from a program of your own: a request, its plan, and what came of it. Interrupted and started again, it goes on where it
// was.
// Run it with: dotnet run samples/whole-run.cs -- MODEL_FOLDER PROMPTS RUN_FOLDER
using AlignedProbing.Runs;
using AlignedProbing.Torch.Running;

using var interruption = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    interruption.Cancel();
};

var request = new RunRequest
{
    Model = args[0],
    Prompts = args[1],
    Output = args[2],
    Encoding = new EncodingManifest { Samples = 5, MaxNewTokens = 10 },
    Measurement = MeasurementAsked.Of(new MeasurementManifest { Scorers = ["ngram"], Probes = ["ridge"] }),
};
var machine = new RunMachine { Log = new ErrorStreamLog() };
var plan = await RunPlan.MakeAsync(request, machine, interruption.Token);
var outcome = await new Runner(machine).RunAsync(plan, interruption.Token);

foreach (var peak in (outcome.Findings?.Peaks ?? []).Where(peak => peak.Attribute == "toxicity"))
{
    Console.WriteLine($"{peak.Scenario}: r = {peak.R:0.00} [{peak.Low:0.00}, {peak.High:0.00}] at layer {peak.Layer}");
}

Console.WriteLine($"Report: {outcome.Run.HtmlReportPath}");
return outcome.Failed.Count > 0 ? 1 : 0;

// Progress and what there is to say, as lines.
internal sealed class ErrorStreamLog : IRunLog
{
    public void Report(StageProgress value) => Console.Error.WriteLine($"{value.Stage}: {value.Done} of {value.Total} {value.Unit}");

    public void Say(string line) => Console.Error.WriteLine(line);
}
