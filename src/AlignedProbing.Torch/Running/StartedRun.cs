using AlignedProbing.Runs;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Running;

/// <summary>A plan at work: its folder is started and locked, and its model is loaded where it is needed.</summary>
internal sealed class StartedRun : IDisposable
{
    private readonly RunLock _lock;
    private readonly SharedWork? _shared;
    private CausalModel? _model;
    private int? _randomWeights;

    private StartedRun(RunPlan plan, RunFolder run, RunLock runLock, SharedWork? shared) => (Plan, Run, _lock, _shared) = (plan, run, runLock, shared);

    /// <summary>What is run.</summary>
    public RunPlan Plan { get; }

    /// <summary>The run folder, started or found.</summary>
    public RunFolder Run { get; }

    /// <summary>Starts or finds the run folder, and locks it.</summary>
    /// <exception cref="InputException">It cannot be written to, holds another run, or is locked.</exception>
    public static StartedRun Start(RunPlan plan, RunMachine machine)
    {
        var run = RunFolder.StartOrResume(Path.Combine(machine.WorkingFolder, plan.Request.Output), plan.Manifest, plan.Prompts);
        var started = new StartedRun(plan, run, RunLock.Take(run, plan.Request.IsAlone), machine.Shared);
        try
        {
            EncodingPlace.Settle(run, machine, alone: plan.Request.IsAlone);
            return started;
        }
        catch
        {
            started.Dispose();
            throw;
        }
    }

    /// <summary>Loads the model and hands it to the encode stage with its tokenizer. Stays loaded until this is disposed.</summary>
    public EncodingInputs LoadInputs(int? randomWeights = null)
    {
        var options = new ModelLoadOptions
        {
            Precision = Plan.Request.Precision,
            Device = Plan.Request.Device.ToString(),
            RandomWeights = randomWeights,
            Adapter = Plan.Adapter?.FullPath,
        };
        if (_shared is null && randomWeights != _randomWeights)
        {
            // One model at a time: two might not fit.
            _model?.Dispose();
            (_model, _randomWeights) = (null, randomWeights);
        }

        var model = _shared?.Model(Plan.Model.FullPath, options) ?? (_model ??= ModelCatalog.Load(Plan.Model.FullPath, options));
        return new EncodingInputs
        {
            Model = model,
            Tokenizer = Plan.Tokenizer,
            Renderer = Plan.Renderer,
            Generation = GenerationSettings.FromFolder(Plan.Model.FullPath),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model?.Dispose();
        _lock.Dispose();
    }
}
