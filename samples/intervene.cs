#:project ../src/AlignedProbing.Torch/AlignedProbing.Torch.csproj
#:property PublishAot=false

// Does the model of a finished run act on what its probes read? The direction is removed, and the change held against random directions of equal damage.
// Run it with: dotnet run samples/intervene.cs -- RUN_FOLDER MODEL_FOLDER toxicity:Input:10
using AlignedProbing.Reports.Interventions;
using AlignedProbing.Torch.Running;

var machine = new RunMachine();
var request = new InterventionRequest { Run = args[0], Model = args[1], Ablate = args[2], Controls = 3 };
var plan = await InterventionPlan.MakeAsync(request, machine);
var outcome = await new InterventionRunner(machine).RunAsync(plan);
var sweep = outcome.Findings.Sweeps.Single(finding => finding.Sweep.Name == plan.Name);
Console.WriteLine(string.Join(Environment.NewLine, InterventionSentences.Of(sweep)));
return outcome.Failed.Count > 0 ? 1 : 0;
