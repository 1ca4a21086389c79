namespace AlignedProbing.Torch.Checkpoints.Pickles;

/// <summary>The few functions and classes that a file of tensors names, done by hand. Any other is refused by its name. Source: torch/_utils.py.</summary>
internal static class PickledCalls
{
    private const int MostDimensions = 64;

    private static readonly Dictionary<string, string> StorageTypes = new(StringComparer.Ordinal)
    {
        ["DoubleStorage"] = "F64",
        ["FloatStorage"] = "F32",
        ["HalfStorage"] = "F16",
        ["BFloat16Storage"] = "BF16",
        ["LongStorage"] = "I64",
        ["IntStorage"] = "I32",
        ["ShortStorage"] = "I16",
        ["CharStorage"] = "I8",
        ["ByteStorage"] = "U8",
        ["BoolStorage"] = "BOOL",
    };

    private static readonly HashSet<string> Functions = new(StringComparer.Ordinal)
    {
        "collections.OrderedDict",
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state",
        "torch.Size",
    };

    /// <summary>The name, if it is one that is known.</summary>
    /// <exception cref="InputException"><c>torch-file-refused</c>: it is not.</exception>
    public static PickledName Known(PickledName name, string path) =>
        Functions.Contains(name.ToString()) || (name.Module == "torch" && StorageTypes.ContainsKey(name.Name))
            ? name
            : throw PickleErrors.Refused(path, $"it asks for '{Shown(name.ToString())}', which is no tensor");

    /// <summary>What a call makes.</summary>
    public static object? Call(PickledName? function, object?[]? arguments, string path) =>
        (function?.ToString(), arguments) switch
        {
            ("collections.OrderedDict", []) => new PickledDictionary(),
            ("collections.OrderedDict", [List<object?> pairs]) => Dictionary(pairs, path),
            ("torch.Size", [object?[] sizes]) => sizes,
            ("torch._utils._rebuild_tensor", [var storage, var offset, var shape, var strides]) => Tensor(storage, offset, shape, strides, path),
            ("torch._utils._rebuild_tensor_v2", [var storage, var offset, var shape, var strides, bool, PickledDictionary, ..]) => Tensor(
                storage,
                offset,
                shape,
                strides,
                path),
            ("torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state", [PickledTensor tensor, bool, PickledDictionary, ..]) => tensor,
            (null, _) => throw PickleErrors.Refused(path, "it calls something that is not a function"),
            var (name, _) => throw PickleErrors.Refused(path, $"it calls '{name}' with other values than PyTorch does"),
        };

    /// <summary>The storage that a persistent id names: ('storage', type, key, location, number of elements), in older files with a view at the end.</summary>
    public static PickledStorage Storage(object?[]? id, string path)
    {
        if (
            id is not ["storage", PickledName { Module: "torch" } type, string key, string, long count, ..]
            || !StorageTypes.TryGetValue(type.Name, out var typeName)
            || count < 0)
        {
            throw PickleErrors.Refused(path, "it refers to something outside itself that is not a tensor's memory");
        }

        return id.Length == 5 || id is [_, _, _, _, _, null]
            ? new PickledStorage(key, typeName, count)
            : throw PickleErrors.Refused(path, $"the memory '{Shown(key)}' is a view of another, as versions of PyTorch before 0.4 wrote them");
    }

    /// <summary>Text of a stranger as it may stand in a message.</summary>
    public static string Shown(string text) => new([.. text.Take(100).Select(letter => char.IsControl(letter) ? '?' : letter)]);

    private static PickledDictionary Dictionary(List<object?> pairs, string path)
    {
        var dictionary = new PickledDictionary();
        foreach (var pair in pairs)
        {
            dictionary.Entries.Add(pair switch
            {
                object?[] and [var key, var value] => (key, value),
                List<object?> and [var key, var value] => (key, value),
                _ => throw PickleErrors.Broken(path, "a dictionary is made of something that is not pairs"),
            });
        }

        return dictionary;
    }

    private static PickledTensor Tensor(object? storage, object? offset, object? shape, object? strides, string path)
    {
        if (
            storage is not PickledStorage memory
            || offset is not long first
            || Numbers(shape) is not { } sizes
            || Numbers(strides) is not { } steps
            || sizes.Length != steps.Length
            || first < 0)
        {
            throw PickleErrors.Broken(path, "a tensor's memory, offset, shape or strides are not what they should be");
        }

        // The bounds keep products and sums from overflowing: no memory has so many elements.
        Int128 count = 1;
        Int128 last = first;
        for (var i = 0; i < sizes.Length; i++)
        {
            count = Int128.Min(count * sizes[i], long.MaxValue);
            last += (Int128)Math.Max(sizes[i] - 1, 0) * steps[i];
        }

        if (sizes.Contains(0))
        {
            count = 0;
        }

        if (count > 0 && last >= memory.Count)
        {
            throw PickleErrors.Broken(
                path,
                $"a tensor [{string.Join(", ", sizes)}] reaches to element {last} of the memory '{Shown(memory.Key)}', which has {memory.Count}");
        }

        return count <= memory.Count
            ? new PickledTensor(memory, first, sizes, steps)
            : throw PickleErrors.Refused(
                path,
                $"a tensor [{string.Join(", ", sizes)}] repeats the {memory.Count} elements of its memory '{Shown(memory.Key)}'");
    }

    private static long[]? Numbers(object? tuple) =>
        tuple is object?[] { Length: <= MostDimensions } values && values.All(value => value is long and >= 0)
            ? [.. values.Select(value => (long)value!)]
            : null;
}
