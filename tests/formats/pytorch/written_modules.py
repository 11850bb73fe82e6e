"""Modules as people write them, each by its name. Imported where PyTorch is."""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn


class LeNet(nn.Module):
    """The classic tutorial: functional activations, view by the size of the batch."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, p=0.4, training=self.training)
        x = self.fc2(x).relu()
        return self.fc3(x)


class Vgg(nn.Module):
    """Features, an adaptive pool that keeps its size, a classifier."""

    def __init__(self):
        super().__init__()
        layers = []
        channels = 3
        for width in (8, "M", 12, "M"):
            if width == "M":
                layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
            else:
                layers += [nn.Conv2d(channels, width, kernel_size=3, padding=1), nn.ReLU(True)]
                channels = width
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((4, 3))
        self.classifier = nn.Sequential(
            nn.Linear(12 * 4 * 3, 20), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(20, 5)
        )

    def forward(self, x):
        x = self.features(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.classifier(x)


class Block(nn.Module):
    """A residual block, its sum in place."""

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    """Stages made by a method, one ReLU module used everywhere."""

    def __init__(self, classes=7):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = nn.Sequential(Block(8, 8), Block(8, 8))
        self.layer2 = nn.Sequential(Block(8, 16, 2), Block(16, 16))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer2(self.layer1(x))
        x = self.avgpool(x)
        return self.fc(torch.flatten(x, 1))


class Inverted(nn.Module):
    """Expand, depthwise, project; a sum where the shapes agree."""

    def __init__(self, inputs, outputs, stride, expand):
        super().__init__()
        hidden = inputs * expand
        self.use_res = stride == 1 and inputs == outputs
        layers = []
        if expand != 1:
            layers += [nn.Conv2d(inputs, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()]
        layers += [
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.conv(x) if self.use_res else self.conv(x)


class MobileNet(nn.Module):
    """Inverted residuals, a mean over the map."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8, eps=1e-3), nn.Hardswish()
        )
        self.blocks = nn.Sequential(
            Inverted(8, 8, 1, 1), Inverted(8, 12, 2, 3), Inverted(12, 12, 1, 3)
        )
        self.head = nn.Linear(12, 6)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        x = x.mean([2, 3])
        return F.softmax(self.head(x), dim=-1)


class Branches(nn.Module):
    """Branches put side by side, one convolution in both, one functional with its weights."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Conv2d(4, 4, 3, padding="same")
        self.one = nn.Conv2d(4, 3, 1)
        self.weight = nn.Parameter(torch.randn(5, 4, 3, 3) * 0.2)
        self.register_buffer("mean", torch.tensor([0.1, 0.2, 0.3, 0.4]).view(1, 4, 1, 1))
        self.register_buffer("std", torch.tensor([0.5, 0.6, 0.7, 0.8]))

    def forward(self, x, scale=2.0):
        x = (x - self.mean) / self.std[None, :, None, None]
        a = F.leaky_relu(self.shared(x), 0.1)
        b = F.gelu(self.shared(a))
        c = F.conv2d(F.pad(x, (1, 1, 1, 1)), self.weight, stride=1)
        x = torch.cat([self.one(a) * scale, b, F.elu(c)], dim=1)
        x = F.adaptive_max_pool2d(x, 1)
        return x.reshape(x.shape[0], -1)


class TwoHeads(nn.Module):
    """Rows that are flattened apart, joined, and multiplied together; a sum of two flat maps."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(2, 3, 2)
        self.b = nn.Conv2d(2, 3, 2, stride=2)
        self.c = nn.Conv2d(2, 3, 2, bias=False)
        self.norm = nn.BatchNorm1d(75)
        self.fc = nn.Linear(75 + 27, 4)

    def forward(self, x):
        a = torch.flatten(self.a(x), 1) + self.c(x).flatten(1)
        b = self.b(x).flatten(start_dim=1)
        return self.fc(torch.cat((self.norm(a), torch.sigmoid(b)), 1))


class PaddedPools(nn.Module):
    """Every way to pad a pool."""

    def __init__(self):
        super().__init__()
        self.pools = nn.Sequential(
            nn.MaxPool2d(3, 2, padding=1, ceil_mode=True),
            nn.AvgPool2d(3, 2, padding=1),
            nn.AvgPool2d(2, 1, padding=1, count_include_pad=False),
            nn.ZeroPad2d((1, 0, 2, 1)),
            nn.AvgPool2d(3, stride=2, ceil_mode=True, padding=1),
            nn.MaxPool2d(2, stride=1),
        )

    def forward(self, x):
        return self.pools(x)


class Subclassed(nn.Conv2d):
    """A convolution that pads by itself."""

    def forward(self, x):
        return super().forward(F.pad(x, (0, 1, 0, 1)))


class Loops(nn.Module):
    """A loop over modules, a transposed map, an average over what is left."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Subclassed(3, 3, 2, bias=i > 0) for i in range(3)])
        self.acts = nn.ModuleDict({"act": nn.Tanh()})

    def forward(self, x):
        for layer in self.layers:
            x = self.acts["act"](layer(x))
        x = F.avg_pool2d(x, x.size()[2:])
        return x.permute(0, 2, 3, 1).contiguous().view(-1, 3)


class MinimumAndRectifiers(nn.Module):
    """A minimum as PyTorch has it, and what a ReLU can be."""

    def __init__(self):
        super().__init__()
        self.acts = nn.Sequential(nn.Hardtanh(0.0, 2.0), nn.Threshold(0.5, 0.0), nn.SiLU())

    def forward(self, x):
        x = -F.max_pool2d(-x, 2)
        x = self.acts(x).clamp(min=0, max=1.5)
        return torch.softmax(x, 1)


class Fire(nn.Module):
    """One convolution squeezes, two expand side by side; one ReLU in place for all."""

    def __init__(self, inputs, squeezed, expanded):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.activation = nn.ReLU(inplace=True)
        self.one = nn.Conv2d(squeezed, expanded, 1)
        self.three = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x):
        x = self.activation(self.squeeze(x))
        return torch.cat([self.activation(self.one(x)), self.activation(self.three(x))], 1)


class SqueezeNet(nn.Module):
    """A classifier of convolutions."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(8, 4, 6),
            Fire(12, 4, 6),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(0.5), nn.Conv2d(12, 5, 1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1)
        )

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


class DenseLayer(nn.Module):
    """Takes all maps so far, also if there is only one."""

    def __init__(self, inputs, grown):
        super().__init__()
        self.norm = nn.BatchNorm2d(inputs)
        self.conv = nn.Conv2d(inputs, grown, 3, padding=1, bias=False)

    def forward(self, maps):
        return self.conv(F.relu(self.norm(torch.cat(maps, 1)), inplace=True))


class DenseNet(nn.Module):
    """A list of maps that grows; sizes that are unpacked."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3)
        self.layers = nn.ModuleList([DenseLayer(4 + 3 * i, 3) for i in range(3)])
        self.fc = nn.Linear(13, 4)

    def forward(self, x):
        maps = [self.stem(x)]
        for layer in self.layers:
            maps.append(layer(maps))
        x = F.adaptive_avg_pool2d(F.relu(torch.cat(maps, 1)), (1, 1))
        pictures, channels, _height, _width = x.shape
        return self.fc(x.reshape(pictures, channels))


class Sizes(nn.Module):
    """Sizes that are asked for, counted, and decided by."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3)
        self.fc = nn.Linear(4 * 3 * 2, 3)

    def flat_features(self, x):
        count = 1
        for size in x.size()[1:]:
            count *= size
        return count

    def forward(self, x):
        if x.dim() == 3:
            x = x.unsqueeze(0)
        assert x.shape[1] == self.conv.in_channels
        x = self.conv(x)
        if x.size(-1) > x.size(-2):
            x = F.max_pool2d(x, 3)
        x = F.avg_pool2d(x, kernel_size=(x.shape[2] // 3, x.shape[3] // 2))
        return self.fc(x.view(-1, self.flat_features(x)))


def in_a_row():
    """An nn.Sequential with names."""
    return nn.Sequential(
        OrderedDict(
            stem=nn.Conv2d(1, 4, 3, stride=2, dilation=2, padding=(2, 1)),
            act=nn.LeakyReLU(0.2),
            drop=nn.Dropout2d(0.3),
            depth=nn.Conv2d(4, 8, (3, 2), groups=4),
            grouped=nn.Conv2d(8, 6, 1, groups=2),
            flat=nn.Flatten(),
            fc=nn.Linear(6 * 4 * 5, 3),
            out=nn.Softmax(dim=1),
        )
    )


def dense_only():
    """Rows of numbers, no map."""
    return nn.Sequential(
        nn.Linear(9, 12),
        nn.BatchNorm1d(12),
        nn.Tanh(),
        nn.Identity(),
        nn.Linear(12, 1),
        nn.Sigmoid(),
    )


# Name -> (the module, the shape of its input).
MODULES = {
    "LeNet": (LeNet, (1, 28, 28)),
    "VGG": (Vgg, (3, 16, 12)),
    "ResNet": (ResNet, (3, 32, 24)),
    "MobileNet": (MobileNet, (3, 24, 24)),
    "SqueezeNet": (SqueezeNet, (3, 33, 31)),
    "DenseNet": (DenseNet, (3, 9, 8)),
    "sizes": (Sizes, (2, 14, 8)),
    "branches": (Branches, (4, 6, 7)),
    "two heads": (TwoHeads, (2, 6, 6)),
    "padded pools": (PaddedPools, (2, 23, 20)),
    "loops": (Loops, (3, 7, 5)),
    "minimum": (MinimumAndRectifiers, (3, 8, 6)),
    "in a row": (in_a_row, (1, 12, 13)),
    "dense only": (dense_only, (9,)),
}


def trained(make, seed=0):
    """The module with random weights and statistics, as if something had trained it."""
    torch.manual_seed(seed)
    module = make()
    for name, buffer in module.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.3)
        elif name.endswith("running_var"):
            buffer.uniform_(0.3, 1.5)
    for name, parameter in module.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, 0, 0.3)
    return module
