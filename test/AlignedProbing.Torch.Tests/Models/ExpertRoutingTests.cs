using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Models;

public sealed class ExpertRoutingTests
{
    static ExpertRoutingTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void A_token_goes_to_the_experts_with_the_largest_softmax_and_experts_without_work_are_left_out()
    {
        var shares = ExpertRouting.Of([1, 3, 2, -5, 0, -1, 4, -5], experts: 4, chosen: 2, renormalise: false);
        Assert.Equal([0, 1, 2], shares.Select(share => share.Expert));
        Assert.Equal([[1L], [0L], [0L, 1L]], shares.Select(share => share.Rows));
        var first = Math.Exp(1) + Math.Exp(3) + Math.Exp(2) + Math.Exp(-5);
        var second = Math.Exp(0) + Math.Exp(-1) + Math.Exp(4) + Math.Exp(-5);
        Assert.Equal(Math.Exp(0) / second, shares[0].Weights[0], 1e-6);
        Assert.Equal(Math.Exp(3) / first, shares[1].Weights[0], 1e-6);
        Assert.Equal(Math.Exp(2) / first, shares[2].Weights[0], 1e-6);
        Assert.Equal(Math.Exp(4) / second, shares[2].Weights[1], 1e-6);
    }

    [Fact]
    public void Renormalised_weights_of_a_token_sum_to_one()
    {
        var shares = ExpertRouting.Of([1, 3, 2, -5], experts: 4, chosen: 2, renormalise: true);
        Assert.Equal(1, shares.Sum(share => (double)share.Weights[0]), 1e-6);
        Assert.Equal(Math.E / (1 + Math.E), shares[0].Weights[0], 1e-6);
    }

    [Fact]
    public void Of_equal_experts_the_one_with_the_lower_number_is_taken() =>
        Assert.Equal([1, 2], ExpertRouting.Of([0, 7, 7, 7], experts: 4, chosen: 2, renormalise: true).Select(share => share.Expert));

    [Fact]
    public void Scores_that_are_not_numbers_give_weights_that_are_not()
    {
        var shares = ExpertRouting.Of([float.NaN, 1, 2], experts: 3, chosen: 2, renormalise: false);
        Assert.Equal(2, shares.Count);
        Assert.All(shares, share => Assert.Equal([float.NaN], share.Weights));
    }

    [Fact]
    public void Weights_of_a_token_do_not_depend_on_the_others()
    {
        float[] token = [0.3f, -0.2f, 0.9f, 0.1f, 0.7f];
        var alone = ExpertRouting.Of(token, experts: 5, chosen: 3, renormalise: true);
        var among = ExpertRouting.Of([5, 4, 3, 2, 1, .. token, 1, 2, 3, 4, 5], experts: 5, chosen: 3, renormalise: true);
        Assert.Equal(
            alone.Select(share => (share.Expert, share.Weights[0])),
            among.Where(share => share.Rows.Contains(1)).Select(share => (share.Expert, share.Weights[Array.IndexOf(share.Rows, 1)])));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_that_all_experts_work_on_and_rows_sent_to_theirs_get_the_same(bool renormalise)
    {
        using var outer = torch.NewDisposeScope();
        var (x, scores) = (KernelTests.Random(1, 9, 12), KernelTests.Random(2, 9, 5));
        // Equal scores, and none that is a number.
        TensorMemory.Span<float>(scores)[..5].Fill(1);
        TensorMemory.Span<float>(scores).Slice(5, 5).Fill(float.NaN);
        var expected = Result(ExpertRouting.Of(TensorMemory.Span<float>(scores), 5, 2, renormalise));
        Assert.Equal(12, expected.Count(float.IsNaN));
        foreach (var work in (IReadOnlyList<ExpertWork>[])[DenseExperts.Of(scores, 2, renormalise), SparseExperts.Of(scores, new RoutingRule(2, renormalise))])
        {
            var found = Result(work);
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.Equal(expected[i], found[i], 1e-5f);
            }
        }

        float[] Result(IReadOnlyList<ExpertWork> work)
        {
            using var scope = torch.NewDisposeScope();
            var result = torch.zeros_like(x);
            foreach (var part in work)
            {
                var made = Ops.Scale(part.Take(x), part.Expert + 1);
                part.AddTo(result, made);
            }

            return KernelTests.Floats(result);
        }
    }

    [Fact]
    public void What_an_expert_makes_of_rows_that_have_not_chosen_it_is_left_out_whatever_it_is()
    {
        using var scope = torch.NewDisposeScope();
        var work = DenseExperts.Of(torch.tensor(new float[] { 3, 1, 1, 3 }, [2, 2]), chosen: 1, renormalise: true);
        var result = torch.zeros(2, 1);
        work[1].AddTo(result, torch.tensor(new[] { float.PositiveInfinity, 5 }, [2, 1]));
        Assert.Equal([0, 5], KernelTests.Floats(result));
    }
}
