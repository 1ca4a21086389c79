using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Native;

public class DispatcherTests
{
    [Fact]
    public void An_operator_is_called_by_name()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[] { 1, -2, 3, -4 }, [2, 2]);
        Assert.True(Ops.Same(a.abs(), Dispatcher.Call("aten::abs", "", a)));
        Assert.True(Ops.Same(a.mul(a), Dispatcher.Call("aten::mul", "Tensor", a, a)));
        Assert.True(Ops.Same(a.transpose(0, 1), Dispatcher.Call("aten::transpose", "int", a, 0L, 1L)));
        Assert.True(Ops.Same(a.softmax(-1), Dispatcher.Call("aten::softmax", "int", a, -1L, OperatorArgument.None)));
        Assert.True(Ops.Same(a.argmax(1), Dispatcher.Call("aten::argmax", "", a, OperatorArgument.Optional(1L), false)));
        Assert.True(Ops.Same(nn.functional.linear(a, a, a[0]), Dispatcher.Call("aten::linear", "", a, a, OperatorArgument.OptionalTensor(a[0]))));
        Assert.True(Ops.Same(nn.functional.linear(a, a), Dispatcher.Call("aten::linear", "", a, a, OperatorArgument.OptionalTensor(null))));
    }

    [Fact]
    public void An_operator_that_does_not_exist_is_an_exception()
    {
        using var a = ones(2);
        Assert.Contains(
            "aten::no_such_thing",
            Assert.Throws<InvalidOperationException>(() => Dispatcher.Call("aten::no_such_thing", "", a)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Calling_by_name_frees_what_it_hands_over()
    {
        using var scope = NewDisposeScope();
        var a = ones(1 << 18);
        LeakCheck.TenTimes(() => Dispatcher.Call("aten::abs", "", a).Dispose());
        var before = Environment.WorkingSet;
        for (var i = 0; i < 2000; i++)
        {
            using var argument = ones(1 << 18);
            Dispatcher.Call("aten::abs", "", argument).Dispose();
        }

        // Two thousand megabytes if the handles of arguments or results stayed.
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 200L << 20);
    }
}
