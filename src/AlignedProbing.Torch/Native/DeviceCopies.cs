using static TorchSharp.torch;

namespace AlignedProbing.Torch.Native;

/// <summary>
/// The one place through which a pass of a model exchanges numbers with the device it runs on. Work on a GPU is queued, and both directions wait until what is
/// queued before has been done; so what a step costs beside its arithmetic is how often it comes here. Where the device is the CPU a copy costs next to
/// nothing.
/// </summary>
public static class DeviceCopies
{
    [ThreadStatic]
    private static DeviceCopyCount? _count;

    /// <summary>Whole numbers as an int64 tensor [values] on a device.</summary>
    public static Tensor ToDevice(long[] values, Device device)
    {
        if (_count is { } count)
        {
            count.ToDevice++;
        }

        return tensor(values, device: device);
    }

    /// <summary>Numbers as a float32 tensor of a shape on a device.</summary>
    public static Tensor ToDevice(float[] values, ReadOnlySpan<long> shape, Device device)
    {
        if (_count is { } count)
        {
            count.ToDevice++;
        }

        return tensor(values, shape, device: device);
    }

    /// <summary>A tensor in CPU memory, contiguous; itself where it is there already.</summary>
    public static Tensor ToHost(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (_count is { } count)
        {
            count.ToHost++;
            count.ElementsToHost += tensor.NumberOfElements;
            if (count.Read is { } read)
            {
                return read(tensor);
            }
        }

#pragma warning disable RS0030 // This is the place where it is counted.
        return tensor.cpu().contiguous();
#pragma warning restore RS0030
    }

    /// <summary>Counts the copies that this thread asks for, until the count is disposed of.</summary>
    /// <param name="read">What stands in for reading a tensor from a device that has no numbers (<c>meta</c>); null: it is read.</param>
    internal static DeviceCopyCount Count(Func<Tensor, Tensor>? read = null) => _count = new DeviceCopyCount(read, static () => _count = null);
}

/// <summary>How many copies a thread has asked for.</summary>
internal sealed class DeviceCopyCount(Func<Tensor, Tensor>? read, Action stop) : IDisposable
{
    /// <summary>Copies to the device.</summary>
    public int ToDevice { get; set; }

    /// <summary>Copies to CPU memory.</summary>
    public int ToHost { get; set; }

    /// <summary>Elements copied to CPU memory.</summary>
    public long ElementsToHost { get; set; }

    internal Func<Tensor, Tensor>? Read { get; } = read;

    public void Dispose() => stop();
}
