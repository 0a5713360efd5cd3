use crate::world::World;

#[test]
fn a_session_begins_and_calls_work_both_ways() {
    let mut world = World::pair(1);
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
    world.works(0, counter);
    let back = world.connect(1, 0);
    let counter = world.fetch(1, back, "n:counter");
    world.works(1, counter);
    assert_eq!(world.session(0).id, world.session(1).id);
}

#[test]
fn a_session_goes_on_after_a_cut() {
    let mut world = World::pair(1);
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
    world.cut_all();
    world.works(0, counter);
    assert_eq!(world.session(0).resumes, 1);
    assert_eq!(world.session(1).resumes, 1);
    world.restart(1);
    world.run(100);
    world.works(0, counter);
    assert_eq!(world.session(0).resumes, 2);
    let id = world.session(0).id;
    world.restart(0);
    let session = world.connect(0, 1);
    assert_eq!(world.session(0).id, id);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
}
