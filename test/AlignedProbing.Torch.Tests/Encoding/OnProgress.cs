using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Tests.Encoding;

/// <summary>Does something whenever a stage reports, on the stage's own thread and before it goes on.</summary>
internal sealed class OnProgress(Action<StageProgress> action) : IProgress<StageProgress>
{
    public void Report(StageProgress value) => action(value);
}
