"""What this room refuses: its texts are in `refusals.yml`."""

from analysis.reading.wording import refusals_of

refusal = refusals_of("border")
