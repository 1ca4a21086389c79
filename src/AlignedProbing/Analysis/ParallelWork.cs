using System.Runtime.ExceptionServices;

namespace AlignedProbing.Analysis;

/// <summary>Work on all cores whose errors are those of the work itself, not a bundle around them: a broken file is told as such whoever read it.</summary>
internal static class ParallelWork
{
    /// <summary>Does one thing for each number from 0 on.</summary>
    /// <param name="count">How many.</param>
    /// <param name="work">What to do; called from several threads at once.</param>
    /// <param name="cancellationToken">Stops between them.</param>
    public static void For(int count, Action<int> work, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellationToken }, work);
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.Flatten().InnerExceptions[0]);
        }
    }
}
