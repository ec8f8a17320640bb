"""Lucía, who reads and writes Cairn in Spanish, and sleeps better since she leaves the phone in the kitchen."""

from collections.abc import Mapping
from datetime import date

from webapp.domain.sharing import Scope
from webapp.services.demo.story import Client, Story


def tell(story: Story, therapist: int, hashes: Mapping[str, str]) -> None:
    lucia = Client(
        story,
        story.person("Lucía Herrera", "lucia@demo.example", hashes, is_client=True, language="es"),
        therapist,
    )
    lucia.plan(
        "Volver a cocinar los domingos para los míos.",
        review_in=-20,
        born=date(1988, 9, 14),
        stage_of_change="action",
        reasons_for_living="Mi hijo Nico. El olor a café en casa de mi abuela.",
    )
    lucia.lines("strength", "cocina para veinte sin mirar una receta", "cuida a los demás")
    home = lucia.goal("Noches tranquilas y domingos con la familia", "Dormir y volver a la mesa", importance=9)
    walk = lucia.step(
        "Caminar por el parque",
        home,
        purpose="para llegar a la noche con el cuerpo cansado",
        cue="Cuando dejo a Nico en la escuela",
        smallest="Salir hasta la esquina",
        kind="target",
        target_min=3,
        per_unit="week",
        time_of_day="morning",
    )
    lucia.remind(walk, "08:30")
    lucia.record(walk, "d.d.d.. .d.d..d d..s.d. d.d.d", clock="09:10")
    phone = lucia.step(
        "Dejar el teléfono en la cocina al acostarme",
        home,
        smallest="Ponerlo boca abajo",
        kind="fixed",
        per_unit="day",
        times=["22:00"],
        time_of_day="evening",
    )
    lucia.record(phone, "dd.dd.. d.ddd.d ddd.dd. dddd", clock="22:05", slot="22:00")
    lucia.sign("warning_sign", "dos noches casi sin dormir")
    lucia.strategy(
        "Respirar contando hasta cuatro", "early_signs", ((12, 7, 4, "yes"), (6, 8, 5, "yes"), (2, 6, 3, "yes"))
    )
    lucia.strategy("Amasar pan con música", "everyday", ((9, 5, 2, "yes"),))
    lucia.strategy("Llamar a mi prima Inés", "crisis")
    lucia.contact("Inés", "prima", "+1 555 0186", emergency=True)
    lucia.share(therapist, *(scope for scope in Scope if scope is not Scope.SUBSTANCE_USE))
    lucia.agenda("Qué hago cuando me despierto a las tres", 3)
    lucia.sessions((21, 7), ahead=4, clock="11:00")
