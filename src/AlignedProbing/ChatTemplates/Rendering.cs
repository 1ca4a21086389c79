using System.Runtime.CompilerServices;

namespace AlignedProbing.ChatTemplates;

/// <summary>One rendering: what it may still use, where it stands, and the clock it sees.</summary>
internal sealed class Rendering(ChatTemplateLimits limits, DateTime now)
{
    private long _work = limits.Work;
    private int _recursion;

    /// <summary>The bounds.</summary>
    public ChatTemplateLimits Limits => limits;

    /// <summary>What <c>strftime_now</c> shows.</summary>
    public DateTime Now => now;

    /// <summary>The line being evaluated.</summary>
    public int Line { get; set; }

    /// <summary>Takes work from the budget.</summary>
    /// <exception cref="ChatTemplateException">There is none left.</exception>
    public void Spend(long units = 1)
    {
        _work -= units;
        if (_work < 0)
        {
            throw Fault.Limit($"the template takes more than {limits.Work} steps");
        }
    }

    /// <summary>Call before making a text of this length.</summary>
    public void SpendText(long length)
    {
        if (length > limits.TextLength)
        {
            throw Fault.Limit($"a text is longer than {limits.TextLength} characters");
        }

        Spend(1 + (length >> 2));
    }

    /// <summary>Call before making a list of this length.</summary>
    public void SpendList(long length)
    {
        if (length > limits.ListLength)
        {
            throw Fault.Limit($"a list is longer than {limits.ListLength} elements");
        }

        Spend(1 + length);
    }

    /// <summary>Call on entering anything recursive: values may be nested as deeply as a template cares to build them.</summary>
    public static void CheckStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Fault.Limit("expressions or values are nested too deeply");
        }
    }

    /// <summary>Enters a macro or a recursive loop.</summary>
    public void EnterCall()
    {
        if (++_recursion > limits.Recursion)
        {
            throw Fault.Limit($"macros or loops recur more than {limits.Recursion} deep");
        }
    }

    /// <summary>Leaves it.</summary>
    public void LeaveCall() => _recursion--;
}
