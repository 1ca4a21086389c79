using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;
using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Probing;

public class OnlineCodeTests
{
    [Fact]
    public void Blocks_double_and_begin_with_at_least_one_row()
    {
        Assert.Equal([1, 2, 4, 9, 18, 37, 74, 149, 299, 598, 1197], OnlineCode.Ends(1197));
        Assert.Equal([1, 2, 5], OnlineCode.Ends(5));
        Assert.Equal([1], OnlineCode.Ends(1));
    }

    [Fact]
    public void A_probe_of_the_mean_compresses_to_nearly_one_and_a_good_probe_to_more()
    {
        var problem = Problems.Make(rows: 1200, width: 10, columns: 2);
        Assert.All(OnlineCode.Of(new MeanProbe(), problem, CancellationToken.None), code => Assert.InRange(code.Compression!.Value, 0.95, 1));
        Assert.All(OnlineCode.Of(new RidgeProbe(), problem, CancellationToken.None), code => Assert.InRange(code.Compression!.Value, 3, 100));
    }

    [Fact]
    public void The_control_task_compresses_to_about_one_with_ridge()
    {
        var problem = Problems.Make(rows: 1200, width: 10, columns: 1);
        var permuted = LabelPermutation.Of(1200, 0).Select(row => problem.Labels[0][row]).ToArray();
        Assert.InRange(OnlineCode.Of(new RidgeProbe(), problem with { Labels = [permuted] }, CancellationToken.None)[0].Compression!.Value, 0.9, 1.01);
    }

    [Fact]
    public void Labels_that_need_no_code_give_no_compression()
    {
        var problem = Problems.Make(rows: 60, width: 4, columns: 1);
        Array.Fill(problem.Labels[0], 0.5f);
        Assert.Null(OnlineCode.Of(new MeanProbe(), problem, CancellationToken.None)[0].Compression);
    }
}
