"""The colours of models and runs, in every picture and page."""

# Okabe & Ito 2008, "Color Universal Design": colour-blind readers can tell them apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
