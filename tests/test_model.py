"""The model as a user meets it."""

import signal

import numpy as np
import pytest

import konv
from training.problems import pictures

LAYERS = [
    konv.Input((6, 6, 1)),
    konv.Conv2D(4, 3, activation="relu"),
    konv.MaxPooling2D(2),
    konv.Flatten(),
    konv.Dense(3, activation="softmax"),
]


def model(**fields):
    return konv.Sequential(LAYERS, **{"seed": 0, **fields})


def trained(y=None, epochs=12, **fields):
    images, labels = pictures(90)
    a_model = model(**fields)
    a_model.compile(konv.Adam(0.01))
    a_model.fit(images, labels if y is None else y, epochs=epochs, verbose=0)
    return a_model


class TestWeights:
    def test_the_same_seed_gives_the_same_weights(self):
        for first, second, other in zip(
            model().get_weights(), model().get_weights(), model(seed=1).get_weights(), strict=True
        ):
            assert (first == second).all()
            assert not first.any() or (first != other).any()

    def test_lists_are_in_keras_order_and_layout(self):
        assert [w.shape for w in model().get_weights()] == [(3, 3, 1, 4), (4,), (16, 3), (3,)]

    def test_a_list_or_a_dict_can_be_set(self):
        source, by_list, by_name = model(seed=3), model(), model()
        by_list.set_weights(source.get_weights())
        by_name.set_weights(source.weights)
        for name, weight in source.weights.items():
            assert (by_list.weights[name] == weight).all()
            assert (by_name.weights[name] == weight).all()

    def test_what_is_got_is_a_copy(self):
        a_model = model()
        a_model.get_weights()[0][...] = 7
        assert not (a_model.weights["conv2d_1/kernel"] == 7).any()

    @pytest.mark.parametrize(
        "weights",
        [
            [],
            [np.zeros(1)] * 4,
            [np.zeros((3, 3, 1, 4)), np.zeros(4), np.zeros((16, 3))],
            {"conv2d_1/kernel": np.zeros((3, 3, 1, 4))},
            3,
            None,
        ],
    )
    def test_other_weights_are_refused_and_nothing_changes(self, weights):
        a_model = model()
        before = a_model.get_weights()
        with pytest.raises(konv.EngineError, match="K702"):
            a_model.set_weights(weights)
        for now, was in zip(a_model.get_weights(), before, strict=True):
            assert (now == was).all()


class TestPrecision:
    def test_float32_is_the_default(self):
        images, labels = pictures(5)
        a_model = model()
        exact = a_model.predict(images, precision="float32")
        assert (a_model.predict(images) == exact).all()
        assert (a_model.predict_classes(images) == exact.argmax(axis=1)).all()
        one, other = (a_model.evaluate(images, labels, **p) for p in ({}, {"precision": "float32"}))
        assert one.to_dict() == other.to_dict()

    def test_the_wish_reaches_the_engine(self):
        images, labels = pictures(5)
        a_model = model(engine="reference")
        for use in (
            lambda: a_model.predict(images, precision="bf16"),
            lambda: a_model.predict_classes(images, precision="bf16"),
            lambda: a_model.evaluate(images, labels, precision="bf16"),
        ):
            with pytest.raises(konv.EngineError, match="K706"):
                use()

    @pytest.mark.parametrize("precision", ["fp16", "", None, 16, object()])
    def test_others_are_refused(self, precision):
        with pytest.raises(konv.ParameterError, match="K201"):
            model().predict(pictures(5)[0], precision=precision)


class TestPictures:
    @pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.float16, bool, int])
    def test_numbers_of_any_kind_can_be_predicted(self, dtype):
        images = pictures(5)[0].astype(dtype)
        assert model().predict(images).shape == (5, 3)

    def test_the_axis_of_a_single_channel_may_be_left_out(self):
        images = pictures(5)[0]
        assert (model().predict(images) == model().predict(images[..., 0])).all()

    def test_uint8_is_divided_by_255_and_floats_are_taken_as_they_are(self):
        images = pictures(5)[0]
        as_floats = (images / 255).astype(np.float32)
        np.testing.assert_allclose(
            model().predict(images), model().predict(as_floats), rtol=1e-5, atol=1e-7
        )

    def test_views_that_are_not_contiguous_give_the_same(self):
        images = pictures(6)[0]
        doubled = np.repeat(np.repeat(images, 2, axis=1), 2, axis=0)
        assert (model().predict(doubled[::2, ::2]) == model().predict(images)).all()

    @pytest.mark.parametrize(
        ("x", "code", "hint"),
        [
            (np.zeros((5, 7, 6, 1)), "K504", r"\(6, 6, 1\)"),
            (np.zeros((6, 6, 1)), "K504", r"x\[None\]"),
            (np.zeros((5, 1, 6, 6)), "K504", "moveaxis"),
            (np.zeros(36), "K504", r"\(6, 6, 1\)"),
            (np.full((1, 6, 6, 1), np.nan), "K507", "NaN"),
            (["a.png"], "K507", "uint8"),
            ([np.zeros((6, 6)), np.zeros((5, 5))], "K507", "one array"),
            (None, "K507", "one array"),
        ],
    )
    def test_pictures_that_do_not_suit_are_explained(self, x, code, hint):
        with pytest.raises(konv.DataError, match=code) as caught:
            model().predict(x)
        assert caught.match(hint)

    def test_channels_first_pictures(self):
        first = {"data_format": "channels_first"}
        layers = [konv.Input((3, 4, 5)), konv.Conv2D(2, 2, **first), konv.Flatten(**first)]
        last = [konv.Input((4, 5, 3)), konv.Conv2D(2, 2), konv.Flatten()]
        images = np.random.default_rng(0).integers(0, 255, (4, 3, 4, 5), dtype=np.uint8)
        expected = konv.Sequential(last, seed=0).predict(np.moveaxis(images, 1, -1))
        np.testing.assert_allclose(
            konv.Sequential(layers, seed=0).predict(images), expected, rtol=1e-5, atol=1e-6
        )


LABELS = {
    "from 0": [0, 1, 2],
    "not from 0": [5, 7, 30],
    "texts": ["고양이", "개", "새"],
    "one-hot": np.eye(3),
}


class TestLabels:
    @pytest.mark.parametrize("kind", LABELS)
    def test_labels_of_any_kind_come_back_from_predictions(self, kind):
        images, labels = pictures(90)
        y = np.asarray(LABELS[kind])[labels]
        a_model = trained(y)
        expected = labels if kind == "one-hot" else y
        assert (a_model.predict_classes(images) == expected).mean() > 0.95
        assert a_model.evaluate(images, y)["accuracy"] > 0.95

    def test_classes_stay_those_that_were_learned_first(self):
        a_model = trained(np.array(["a", "b", "c"])[pictures(90)[1]], epochs=1)
        with pytest.raises(konv.DataError, match="K505"):
            a_model.fit(*pictures(3)[:1], ["a", "b", "새"], verbose=0)
        assert a_model.classes == ("a", "b", "c")

    def test_two_classes_with_one_output(self):
        images, labels = pictures(90)
        keep = labels < 2
        a_model = konv.Sequential([*LAYERS[:-1], konv.Dense(1, activation="sigmoid")], seed=0)
        a_model.compile(konv.Adam(0.01))
        y = np.array(["left", "none"])[1 - labels[keep]]
        a_model.fit(images[keep], y, epochs=20, verbose=0)
        assert (a_model.predict_classes(images[keep]) == y).all()
        assert a_model.evaluate(images[keep], y)["accuracy"] == 1.0

    def test_numbers_as_targets(self):
        generator = np.random.default_rng(0)
        x = generator.standard_normal((200, 4))
        y = x @ [[1.0], [2.0], [-1.0], [0.5]] + 3
        a_model = konv.Sequential([konv.Input((4,)), konv.Dense(1)], seed=0)
        a_model.compile(konv.Adam(0.1))
        history = a_model.fit(x, y, epochs=30, verbose=0)
        assert history["loss"][-1] < 1e-3
        assert a_model.classes == ()
        np.testing.assert_allclose(a_model.weights["dense_1/bias"], [3], atol=0.05)

    @pytest.mark.parametrize(
        ("y", "code"),
        [
            ([0, 1], "K503"),
            ([0, 1, 2, 3, 0], "K505"),
            (["a", "b", "c", "d", "e"], "K505"),
            ([0.5, 1, 2, 0, 1], "K801"),
            ([None] * 5, "K505"),
            (np.zeros((5, 4)), "K801"),
        ],
    )
    def test_labels_that_do_not_suit_are_explained(self, y, code):
        with pytest.raises(konv.KonvError) as caught:
            model().fit(pictures(5)[0], y, verbose=0)
        assert caught.value.code == code
        assert caught.value.fix

    def test_no_pictures_cannot_be_learned_from(self):
        with pytest.raises(konv.DataError):
            model().fit(np.zeros((0, 6, 6, 1)), np.zeros(0, int), verbose=0)


class TestFit:
    def test_bits_do_not_depend_on_threads_or_on_the_run(self):
        before = konv.get_threads()
        try:
            results = []
            for threads in (1, 2, 3):
                konv.set_threads(threads)
                results.append(b"".join(w.tobytes() for w in trained(epochs=2).get_weights()))
        finally:
            konv.set_threads(before)
        assert len(set(results)) == 1

    def test_a_validation_split_takes_its_share_of_every_class_and_never_trains_on_it(self):
        images, labels = pictures(90)
        a_model = model()
        seen = []

        class Watch(konv.Callback):
            def on_train_begin(self):
                seen.append(self.training)

        a_model.fit(images, labels, validation_split=0.2, callbacks=[Watch()], verbose=0)
        run = seen[0]
        assert np.bincount(run.validation.targets).tolist() == [6, 6, 6]
        together = np.concatenate([run.examples.images, run.validation.images])
        assert sorted(p.tobytes() for p in together) == sorted(p.tobytes() for p in images)

    def test_class_weights_are_sample_weights_by_class(self):
        images, labels = pictures(60)
        by_class, by_sample = model(), model()
        by_class.fit(images, labels, class_weight={0: 2.0, 2: 0.5}, verbose=0)
        by_sample.fit(images, labels, sample_weight=np.array([2, 1, 0.5])[labels], verbose=0)
        for first, second in zip(by_class.get_weights(), by_sample.get_weights(), strict=True):
            assert (first == second).all()

    @pytest.mark.parametrize(
        "options",
        [
            {"epochs": 0},
            {"batch_size": 0},
            {"batch_size": 2**31},
            {"epochs": 1.5},
            {"validation_split": 1.0},
            {"validation_split": -0.1},
            {"validation_data": 3},
            {"validation_data": (np.zeros((1, 6, 6, 1)),)},
            {"sample_weight": [1.0]},
            {"sample_weight": [-1.0] * 6},
            {"class_weight": {9: 1.0}},
            {"class_weight": {0: -1.0}},
            {"augment": "shfit"},
            {"shuffle": 1},
            {"verbose": 3},
            {"callbacks": [3]},
            {"callbacks": "stop"},
            {"class_weight": [1.0, 2.0, 3.0]},
        ],
    )
    def test_wrong_options_are_explained_and_cost_nothing(self, options):
        a_model = model()
        before = a_model.get_weights()
        with pytest.raises(konv.KonvError) as caught:
            a_model.fit(*pictures(6), **options)
        assert caught.value.fix
        for now, was in zip(a_model.get_weights(), before, strict=True):
            assert (now == was).all()

    @pytest.mark.parametrize(
        "settings", [{"optimizer": "adm"}, {"loss": "mean_squred_error"}, {"metrics": ["acuracy"]}]
    )
    def test_wrong_settings_are_explained(self, settings):
        with pytest.raises(konv.ParameterError, match="did you mean"):
            model().compile(**settings)

    def test_numbers_that_are_no_pictures_are_not_augmented_silently(self):
        a_model = konv.Sequential([konv.Input((4,)), konv.Dense(2, activation="softmax")])
        with pytest.raises(konv.DataError, match="K508"):
            a_model.fit(np.zeros((2, 4)), [0, 1], augment="flip", verbose=0)

    def test_a_network_that_cannot_learn_is_not_trained(self):
        a_model = konv.Sequential([konv.Input((4,)), konv.Activation("softmax")])
        with pytest.raises(konv.TrainingError, match="K805"):
            a_model.fit(np.eye(4), [0, 1, 2, 3], verbose=0)
        assert a_model.classes == ()

    def test_early_stopping_restores_the_best_weights(self):
        images, labels = pictures(60)
        a_model = model()
        stop = konv.EarlyStopping("loss", patience=1, min_delta=1e9)
        history = a_model.fit(images, labels, epochs=5, callbacks=[stop], verbose=0)
        assert len(history) == 2
        assert "epoch 1" in history.stop_reason
        once = model()
        once.fit(images, labels, epochs=5, callbacks=[StopAfter(1)], verbose=0)
        for now, then in zip(a_model.get_weights(), once.get_weights(), strict=True):
            assert (now == then).all()

    def test_ctrl_c_leaves_a_model_that_can_be_used(self):
        class Press(konv.Callback):
            def on_batch_end(self, batch):
                signal.raise_signal(signal.SIGINT)

        images, labels = pictures(60)
        a_model = model()
        with pytest.raises(KeyboardInterrupt):
            a_model.fit(images, labels, epochs=3, callbacks=[Press()], verbose=0)
        assert np.isfinite(a_model.predict(images)).all()

    def test_the_model_is_saved_when_it_is_best(self, tmp_path):
        images, labels = pictures(60)
        a_model = model()
        path = tmp_path / "best.konv"
        keep = konv.ModelCheckpoint(path, monitor="loss")
        a_model.fit(images, labels, epochs=3, callbacks=[keep], verbose=0)
        assert (konv.load(path).predict(images) == a_model.predict(images)).all()

    def test_a_single_callback_needs_no_list(self):
        images, labels = pictures(30)
        history = model().fit(images, labels, epochs=3, callbacks=StopAfter(1), verbose=0)
        assert len(history) == 1


class StopAfter(konv.Callback):
    def __init__(self, epochs):
        self.epochs = epochs

    def on_epoch_end(self, epoch, logs):
        if epoch + 1 == self.epochs:
            self.training.stop("enough")


class TestFiles:
    def test_a_model_comes_back_with_all_it_knows(self, tmp_path):
        a_model = trained(np.array(["고양이", "개", "새"])[pictures(90)[1]])
        a_model.save(tmp_path / "모델.konv")
        again = konv.load(tmp_path / "모델.konv")
        images = pictures(20, seed=4)[0]
        assert (again.predict(images) == a_model.predict(images)).all()
        assert (again.predict_classes(images) == a_model.predict_classes(images)).all()
        assert again.classes == a_model.classes
        assert again.preprocessing == konv.Preprocessing(6, 6, 1)

    def test_numbers_beyond_pixels_leave_the_way_of_a_picture_unknown(self, tmp_path):
        images, labels = pictures(30)
        a_model = model()
        a_model.fit(images * 3.0, labels, verbose=0)
        a_model.save(tmp_path / "model.konv")
        assert konv.load(tmp_path / "model.konv").preprocessing is None

    def test_mean_and_deviation_are_applied_to_pixels_and_to_numbers(self):
        a_model = konv.Sequential([konv.Input((2, 2, 3)), konv.GlobalAveragePooling2D()])
        a_model.preprocessing = konv.Preprocessing(
            2, 2, 3, mean=(0.5, 0.0, 0.2), std=(0.5, 1.0, 0.1)
        )
        expected = [[(1 - 0.5) / 0.5, 1.0, (1 - 0.2) / 0.1]]
        for white in (np.full((1, 2, 2, 3), 255, np.uint8), np.ones((1, 2, 2, 3))):
            np.testing.assert_allclose(a_model.predict(white), expected, rtol=1e-5)

    def test_a_file_that_is_no_model_is_explained(self, tmp_path):
        path = tmp_path / "model.konv"
        path.write_bytes(b"\x80\x04cos\nsystem\n")
        with pytest.raises(konv.FormatError, match=r"model\.konv"):
            konv.load(path)

    def test_a_layer_of_the_users_own_is_refused_before_anything_is_written(self, tmp_path):
        from dataclasses import dataclass

        @dataclass(frozen=True, repr=False)
        class OwnFlatten(konv.Flatten):
            """Something that a file cannot name."""

        a_model = konv.Sequential([konv.Input((2, 2, 1)), OwnFlatten(), konv.Dense(2)])
        with pytest.raises(konv.FormatError, match=r"K409 in own_flatten_1"):
            a_model.save(tmp_path / "model.konv")
        assert list(tmp_path.iterdir()) == []


class TestLooking:
    def test_the_summary_is_printed_and_the_report_is_data(self, capsys):
        model().summary()
        printed = capsys.readouterr().out
        assert "conv2d_1" in printed
        assert model().report().to_dict()["totals"]["parameters"] == 91

    def test_a_notebook_shows_the_table(self):
        assert "<table" in model()._repr_html_()

    def test_the_functional_form(self):
        x = konv.Input((6, 6, 1))
        left = konv.Conv2D(4, 3, padding="same")(x)
        right = konv.Conv2D(4, 1)(x)
        y = konv.GlobalAveragePooling2D()(konv.Add()([left, right]))
        assert konv.Model(x, y, name="two ways").predict(pictures(3)[0]).shape == (3, 4)
