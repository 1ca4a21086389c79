namespace AlignedProbing.Reports.Html;

/// <summary>The frame of a section, and the tabs that need no script.</summary>
internal static class Section
{
    /// <summary>Opens a section; close it with <see cref="Markup.Close"/>.</summary>
    public static void Open(Markup page, string id, string title, string? lead = null)
    {
        page.Open("section", ("id", id), ("aria-labelledby", id + "-title"));
        page.Element("h2", title, ("id", id + "-title"));
        if (lead is not null)
        {
            page.Element("p", lead, ("class", "lead"));
        }
    }

    /// <summary>
    /// Panels of which one is shown at a time, chosen by radio buttons: they work with the keyboard and without a script. On paper all are shown, each under
    /// its name.
    /// </summary>
    /// <param name="page">Where to.</param>
    /// <param name="legend">What is chosen.</param>
    /// <param name="group">What keeps in step: groups of the same name switch together where a script runs.</param>
    /// <param name="names">Names of the panels.</param>
    /// <param name="chosen">The panel shown at first.</param>
    /// <param name="panel">Writes a panel.</param>
    public static void Tabs(Markup page, string legend, string group, IReadOnlyList<string> names, int chosen, Action<int> panel)
    {
        if (names.Count == 1)
        {
            panel(0);
            return;
        }

        var name = page.NewId("tabs");
        page.Open("div", ("class", "tabs"), ("role", "group"), ("aria-label", legend), ("data-group", group));
        for (var i = 0; i < names.Count; i++)
        {
            var id = page.NewId("tab");
            page.Void("input", ("type", "radio"), ("name", name), ("id", id), ("value", names[i]), ("checked", i == chosen ? "checked" : null));
            page.Element("label", names[i], ("for", id));
            page.Open("div", ("class", "panel"));
            page.Element("h3", names[i], ("class", "panel-title"));
            panel(i);
            page.Close();
        }

        page.Close();
    }

    /// <summary>The warnings that stand at these figures; nothing where there are none.</summary>
    public static void Caveats(Markup page, Runs.Findings findings, string place)
    {
        var texts = findings.WarningsAt(place).ToArray();
        if (texts.Length == 0)
        {
            return;
        }

        page.Open("ul", ("class", "caveats"), ("aria-label", "To know of these figures"));
        foreach (var text in texts)
        {
            page.Element("li", text);
        }

        page.Close();
    }

    /// <summary>Opens a closed-by-default block that holds a wide table; close it with two <see cref="Markup.Close"/>.</summary>
    public static void OpenTableDetails(Markup page, string summary)
    {
        page.Open("details", ("class", "data")).Element("summary", summary);
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", summary));
    }
}
