"""What happens beside the learning: reports, curves, saving, samples to listen to."""

import math
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import soundfile
import torch
from lightning.pytorch.utilities.exceptions import SIGTERMException
from numpy.typing import NDArray
from tensorboardX import SummaryWriter

from models.instruments import STEMS
from models.spectrogram import SAMPLE_RATE, SpectrogramSettings, istft
from models.training.batch import Batch
from models.training.module import TrainingModule
from models.training.run_folder import RunFolder


class Reporter(pl.Callback):
    """Lines for people, `log.jsonl` and TensorBoard's curves for later."""

    def __init__(self, folder: RunFolder, every_steps: int) -> None:
        self._folder, self._every = folder, every_steps
        self._sums: dict[str, torch.Tensor] = {}
        self._count = 0
        self._since = 0.0
        self._writer: SummaryWriter | None = None
        self._told = 0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Open the curves; what a killed run had written beyond its checkpoint is cut off."""
        self._since = _training(pl_module).seconds
        if trainer.is_global_zero:
            self._folder.forget_after(trainer.global_step)
            self._writer = SummaryWriter(str(self._folder.curves), purge_step=trainer.global_step + 1)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Batch, batch_idx: int
    ) -> None:
        """Add up; report now and then."""
        for name, value in outputs.items():
            self._sums[name] = self._sums.get(name, torch.zeros_like(value)) + value
        self._count += 1
        module = _training(pl_module)
        for problem in list(module.problems)[self._told :]:
            print(f"Left out from now on: {problem}", flush=True)
        self._told = len(module.problems)
        if (module.step % self._every == 0 or trainer.should_stop) and trainer.is_global_zero:
            self._report(module, self._count * batch.size * trainer.world_size)

    def _report(self, module: TrainingModule, excerpts: int) -> None:
        means = {name: round(value.item() / self._count, 5) for name, value in self._sums.items()}
        speed = excerpts / max(module.seconds - self._since, 1e-9)
        rate = max((module.rate(part) for part in module.active_parts), default=0.0)
        line = {"step": module.step, "minutes": round(module.seconds / 60, 2), "rate": float(f"{rate:.4g}")}
        self._write(module, line | means | {"excerpts_per_s": round(speed, 2)}, "training")
        left = _time_left(module)
        print(
            f"step {module.step}  {_clock(module.seconds)}{f', {left} left' if left else ''}  {speed:.2f} excerpts/s  "
            f"separation {means['separation']:.4f}  activation {means['activation']:.4f}  rate {rate:.2g}",
            flush=True,
        )
        self._sums, self._count, self._since = {}, 0, module.seconds

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Report the validation."""
        module = _training(pl_module)
        if not trainer.is_global_zero or not module.validation:
            return
        values = {name: value for name, value in module.validation.items() if name != "loss"}
        line = {"step": module.step, "minutes": round(module.seconds / 60, 2), "validation": values}
        self._write(module, line, "validation")
        gains = ", ".join(f"{stem} {gain:.1f}" for stem, gain in values["improvement_db"].items())
        print(f"validation  separation {values['separation']:.4f}  dB better than the mix: {gains}", flush=True)

    def _write(self, module: TrainingModule, line: dict[str, Any], kind: str) -> None:
        self._folder.log(line)
        if self._writer:
            for name, value in _flat(line.get("validation", line)):
                self._writer.add_scalar(f"{kind}/{name}", value, module.step)
            self._writer.flush()

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Close the curves."""
        if self._writer:
            self._writer.close()


class Keeper(pl.Callback):
    """Saves the run: some minutes after the last time, after each validation, at the end and when told to end.

    Between two steps, because a checkpoint in the middle of one would not go on exactly.
    """

    def __init__(self, folder: RunFolder, minutes: float, songs: dict[str, Any]) -> None:
        self._folder, self._minutes, self._songs = folder, minutes, songs
        self._saved_s = 0.0
        self._due = False

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Count from here."""
        self._saved_s = _training(pl_module).seconds

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save before the next step."""
        self._due = True

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Save if it is time."""
        if self._due or _training(pl_module).seconds - self._saved_s >= self._minutes * 60:
            self._save(trainer, _training(pl_module))

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The finished run."""
        self._save(trainer, _training(pl_module))

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        """Lightning ends a run between two steps when the system asks it to."""
        if isinstance(exception, SIGTERMException):
            self._save(trainer, _training(pl_module))

    def _save(self, trainer: pl.Trainer, module: TrainingModule) -> None:
        self._folder.root.mkdir(parents=True, exist_ok=True)
        trainer.save_checkpoint(self._folder.checkpoint)
        self._due, self._saved_s = False, module.seconds
        if not trainer.is_global_zero:
            return
        for kind in ("average", "best") if module.best else ("average",):
            self._folder.write_weights(kind, module.weights(kind))
        self._folder.write(
            {
                "step": module.step,
                "seconds": round(module.seconds, 1),
                "excerpts": module.step * module.config.batch * trainer.world_size,
                "songs": self._songs,
                "network": module.learner.network_settings(),
                "problems": list(module.problems),
                "config": module.config.to_dict(),
            }
        )


class Samples(pl.Callback):
    """Separates the first validation excerpt at each validation, to listen to."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    @torch.no_grad()
    def on_validation_batch_start(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Write the mix and the stems as Ogg."""
        if batch_idx or not trainer.is_global_zero:
            return
        module = _training(pl_module)
        first = Batch(batch.mix[:1], batch.targets[:1], batch.activity[:1], batch.known[:1])
        folder = self._folder.samples(module.step)
        folder.mkdir(parents=True, exist_ok=True)
        _write_ogg(folder / "mix.ogg", first.mix[0])
        seen = module.learner.prepare(first)
        magnitude = first.mix[0].abs().clamp(min=1e-9)
        for part in module.learner.parts:
            with module.trainer.precision_plugin.forward_context():
                answer = module.learner.answer(part, seen)
            estimates = module.learner.estimates(part, answer, first)[0]
            for stem, estimate in zip(module.learner.stems(part), estimates, strict=True):
                assert stem in STEMS
                _write_ogg(folder / f"{stem}.ogg", first.mix[0] * (estimate / magnitude))


def _write_ogg(path: Path, spectrum: torch.Tensor) -> None:
    """Audio of a complex `(channels, frames, bins)`; bins that are missing above are silent."""
    settings = SpectrogramSettings()
    padded = torch.nn.functional.pad(spectrum.cpu(), (0, settings.bins - spectrum.shape[-1]))
    audio: NDArray[np.float32] = istft(padded, (spectrum.shape[1] - 1) * settings.hop_samples, settings).T.numpy()
    soundfile.write(path, np.clip(audio, -1, 1), SAMPLE_RATE, format="OGG", subtype="VORBIS")


def _training(module: pl.LightningModule) -> TrainingModule:
    assert isinstance(module, TrainingModule)
    return module


def _flat(values: dict[str, Any], prefix: str = "") -> list[tuple[str, float]]:
    """Numbers in nested dicts, with their paths."""
    found: list[tuple[str, float]] = []
    for name, value in values.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}/")
        elif name != "step":
            found.append((prefix + name, float(value)))
    return found


def _clock(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{minutes // 60}:{minutes % 60:02}:{int(seconds % 60):02}"


def _time_left(module: TrainingModule) -> str:
    """Until the run's limit, at the pace so far; empty if nothing limits it."""
    share = module.share
    return _clock(module.seconds * (1 - share) / share) if share > 0 and math.isfinite(share) else ""
